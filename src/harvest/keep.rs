//! Keeping what a pass has read, and counting what became of it.

use super::task::Done;
use super::{HarvestError, Harvester, measure, times};
use crate::fetch::FetchError;
use crate::model::{Outcome, Report};
use crate::store::{Batch, Decision};

/// A page that has failed so often waits until its feed changes.
const RETRIES_SOON_MAX: u32 = 4;

impl Harvester {
    /// Keeps what a chunk of a pass has come to; whether some of it is soon to be tried again.
    pub(super) async fn keep(
        &self,
        chunk: Vec<Done>,
        times: &mut times::Times,
        report: &mut Report,
        entries: &mut Vec<u64>,
    ) -> Result<bool, HarvestError> {
        let mut batch = Batch::default();
        let (mut stopped, mut left) = (false, false);
        for done in chunk {
            match done {
                Done::Article(incoming, (address, page, fill)) => {
                    batch.articles.push(*incoming);
                    batch.pages.push((address, page));
                    report.fill.sum(&fill);
                }
                Done::Entry(incoming, fingerprint) => {
                    batch.articles.push(*incoming);
                    entries.extend(fingerprint);
                }
                Done::Unchanged(page) => {
                    report.unchanged += 1;
                    batch.pages.extend(page);
                }
                Done::Fallback(incoming, page, error) => {
                    left |= page.1.failures < RETRIES_SOON_MAX;
                    batch.articles.push(*incoming);
                    batch.pages.push(page);
                    report.failed += 1;
                    note(report, &error);
                }
                Done::Listed(address) => {
                    report.unchanged += 1;
                    batch.listed.push((address, report.source.clone()));
                }
                Done::Gone(address, page) => {
                    report.unchanged += 1;
                    batch.gone.push((address.clone(), page.asked));
                    batch.pages.push((address, page));
                }
                Done::Failed(_, HarvestError::Store(error)) => return Err(error.into()),
                Done::Failed(_, HarvestError::Stopped) => stopped = true,
                Done::Failed(page, error) => {
                    left |= page.as_ref().map_or(!error.is_of_the_page(), |page| page.1.failures < RETRIES_SOON_MAX);
                    batch.pages.extend(page);
                    if !matches!(error, HarvestError::Fetch(FetchError::Forbidden { .. })) {
                        report.failed += 1;
                        note(report, &error);
                    }
                }
            }
        }
        for decision in self.keeper.keep(batch, &self.roster).await? {
            match decision {
                Decision::New(article) => {
                    measure::admitted(&article, self.clock.now());
                    times.add(article);
                    report.new += 1;
                }
                Decision::Revised(_) => report.revised += 1,
                Decision::Copy { .. } | Decision::Moved(_) => report.copies += 1,
                Decision::Amended(_) | Decision::Unchanged(_) | Decision::Dropped => report.unchanged += 1,
            }
        }
        if stopped { Err(HarvestError::Stopped) } else { Ok(left) }
    }
}

pub(super) fn note(report: &mut Report, error: &HarvestError) {
    tracing::debug!(source.id = %report.source, error = %error, "page not read");
    if report.outcome == Outcome::Done {
        report.outcome = Outcome::Partly(error.to_string());
    }
}
