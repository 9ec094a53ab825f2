//! Recent articles that their source no longer lists: are they still there?

use std::collections::HashSet;
use std::ops::ControlFlow;

use url::Url;

use super::recheck::{RECHECK_AGE_MAX, is_due};
use super::{Harvester, Pass, Task};
use crate::address::identity;
use crate::model::Article;
use crate::store::StoreError;

/// Pages that are looked at again in one pass though no listing names them.
const UNLISTED_PER_PASS_MAX: usize = 20;
/// Stories of the source that are looked through for them, the newest first.
const LOOKED_MAX: usize = 2_000;

/// The pages of the source's recent articles that are due for another look and not among the tasks.
pub(super) fn unlisted(harvester: &Harvester, pass: &Pass<'_>, tasks: &[Task]) -> Result<Vec<Task>, StoreError> {
    let source = &pass.source.id;
    let listed: HashSet<String> = tasks.iter().map(|task| identity(&task.address)).collect();
    let mut recent: Vec<Url> = Vec::new();
    let mut looked = 0;
    harvester.store.newest(Some(std::slice::from_ref(source)), &mut |story: Article| {
        looked += 1;
        let young = pass.started - story.first_seen <= RECHECK_AGE_MAX;
        let copies =
            story.also_in.iter().filter(|other| other.item.is_none()).map(|other| (&other.source, &other.address));
        let own = copies.chain([(&story.source, &story.address)]).filter(|(by, _)| young && *by == source);
        recent.extend(own.filter_map(|(_, address)| Url::parse(address).ok()));
        if looked < LOOKED_MAX { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    let now = harvester.clock.now();
    let mut due = Vec::new();
    for address in recent.into_iter().filter(|address| !listed.contains(&identity(address))) {
        if harvester.store.page(&address)?.is_some_and(|page| page.reading == pass.reading && is_due(&page, true, now))
        {
            due.push(Task { address, listed: None, entry: None, follow: true });
        }
        if due.len() == UNLISTED_PER_PASS_MAX {
            break;
        }
    }
    Ok(due)
}
