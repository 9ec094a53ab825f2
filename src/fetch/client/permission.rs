//! By whose leave a page is asked for: the address guard, and what its host's robots.txt says (RFC 9309).

use std::sync::Arc;
use std::time::Duration;

use reqwest::StatusCode;
use url::Url;

use super::{Ask, Fetcher, network};
use crate::fetch::lane::{Lane, Rules, host_port};
use crate::fetch::robots::{FRESH, RETRY};
use crate::fetch::{FetchError, PRODUCT, REDIRECTS_MAX, ROBOTS_BYTES_MAX, Robots, Validators, head};

impl Fetcher {
    /// Checks address and robots.txt; the gap to keep on this host.
    pub(super) async fn permission(&self, url: &Url, lane: &Arc<Lane>) -> Result<Duration, FetchError> {
        let manners = &self.shared.manners;
        self.shared.guard.check(url, &self.home)?;
        if !manners.robots {
            return Ok(manners.host_gap);
        }
        let rules = self.robots(url, lane).await?;
        let robots = match &*rules {
            Rules::Unreachable(reason) => {
                return Err(FetchError::RobotsUnreachable { host: host_port(url), reason: reason.clone() });
            }
            Rules::Read(robots) => robots,
        };
        if !robots.allows(url) {
            return Err(FetchError::Forbidden { url: url.clone() });
        }
        let delay = robots.delay().unwrap_or_default().min(manners.crawl_delay_max);
        Ok(delay.max(manners.host_gap))
    }

    /// What a host's robots.txt says: once a day asked for, and as it was while it cannot be reached.
    async fn robots(&self, url: &Url, lane: &Arc<Lane>) -> Result<Arc<Rules>, FetchError> {
        let mut known = lane.robots.lock().await;
        let now = self.shared.clock.now();
        if let Some((until, rules)) = &*known
            && now < *until
        {
            return Ok(rules.clone());
        }
        let read = self.read_robots(url).await?;
        let fresh_for = if matches!(read, Rules::Unreachable(_)) { RETRY } else { FRESH };
        let stale = known.take().map(|(_, rules)| rules).filter(|rules| matches!(**rules, Rules::Read(_)));
        let rules = match (read, stale) {
            (Rules::Unreachable(_), Some(stale)) => stale,
            (read, _) => Arc::new(read),
        };
        *known = Some((now + fresh_for, rules.clone()));
        Ok(rules)
    }

    async fn read_robots(&self, url: &Url) -> Result<Rules, FetchError> {
        let mut here = url.join("/robots.txt").map_err(|error| network(url, error.to_string()))?;
        for _ in 0..=REDIRECTS_MAX {
            let lane = self.shared.lane(&here);
            let mut answer =
                match self.send(&here, &lane, self.shared.manners.host_gap, Ask::Page(&Validators::default())).await {
                    Ok(answer) => answer,
                    Err(wait @ FetchError::Wait { .. }) => return Err(wait),
                    Err(error) => return Ok(Rules::Unreachable(error.to_string())),
                };
            match head::next_hop(&here, &answer.response) {
                Ok(Some(next)) => {
                    here = next;
                    continue;
                }
                Ok(None) => {}
                Err(error) => return Ok(Rules::Unreachable(error.to_string())),
            }
            let status = answer.response.status();
            if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS {
                return Ok(Rules::Read(Robots::default()));
            }
            if !status.is_success() {
                return Ok(Rules::Unreachable(format!("status {}", status.as_u16())));
            }
            return Ok(match self.body(&here, &mut answer, ROBOTS_BYTES_MAX, true).await {
                Ok(text) => Rules::Read(Robots::read(PRODUCT, &text)),
                Err(error) => Rules::Unreachable(error.to_string()),
            });
        }
        // RFC 9309 §2.3.1.2: after five hops it counts as unavailable, and everything may be read.
        Ok(Rules::Read(Robots::default()))
    }
}
