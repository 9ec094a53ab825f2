//! Recent articles that their source no longer lists: are they still there?

use std::collections::HashSet;
use std::ops::ControlFlow;

use chrono::{DateTime, Utc};
use url::Url;

use super::recheck::{RECHECK_AGE_MAX, is_due};
use super::{Harvester, Pass, Task};
use crate::address::identity;
use crate::model::{Article, Reads, SourceId};
use crate::store::{Store, StoreError};

/// Pages that are looked at again in one pass though no listing names them.
const UNLISTED_PER_PASS_MAX: usize = 20;
/// Stories of the source that are looked through for them, the newest first.
const LOOKED_MAX: usize = 2_000;

/// The pages of the source's recent articles that are due for another look and not among the tasks; none of a source
/// whose feed says it all.
pub(super) async fn unlisted(harvester: &Harvester, pass: &Pass<'_>, tasks: &[Task]) -> Result<Vec<Task>, StoreError> {
    if matches!(pass.source.reads, Reads::Feed(_)) && !pass.source.full_text {
        return Ok(Vec::new());
    }
    let listed: HashSet<String> = tasks.iter().map(|task| identity(&task.address)).collect();
    let (store, source, started) = (harvester.store.clone(), pass.source.id.clone(), pass.started);
    let (reading, roster, now) = (pass.reading, harvester.roster.clone(), harvester.clock.now());
    let look = move || {
        let recent = recent(&*store, &source, started)?.into_iter();
        let mut due = Vec::new();
        for address in recent.filter(|address| !listed.contains(&identity(address))) {
            let is_due = store.page(&address)?.is_some_and(|page| page.reading == reading && is_due(&page, true, now));
            // What another source reads, that one looks at.
            if is_due && !roster.leaves(&source, &store.sources_at(&identity(&address))?) {
                due.push(Task { address, listed: None, entry: None, fingerprint: None, follow: true });
            }
            if due.len() == UNLISTED_PER_PASS_MAX {
                break;
            }
        }
        Ok(due)
    };
    harvester.desk.look_up("looking for recent stories", look).await
}

/// The addresses at which a source prints the stories of the days in which pages are looked at again.
fn recent(store: &dyn Store, source: &SourceId, started: DateTime<Utc>) -> Result<Vec<Url>, StoreError> {
    let mut recent = Vec::new();
    let mut looked = 0;
    store.newest(Some(std::slice::from_ref(source)), &mut |story: Article| {
        looked += 1;
        let young = started - story.first_seen <= RECHECK_AGE_MAX;
        let copies =
            story.also_in.iter().filter(|other| other.item.is_none()).map(|other| (&other.source, &other.address));
        let own = copies.chain([(&story.source, &story.address)]).filter(|(by, _)| young && *by == source);
        recent.extend(own.filter_map(|(_, address)| Url::parse(address).ok()));
        // A story may be dated some days before it is seen; what is older has been looked at for the last time.
        let old = started - story.order() > RECHECK_AGE_MAX * 2;
        if looked < LOOKED_MAX && !old { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    Ok(recent)
}
