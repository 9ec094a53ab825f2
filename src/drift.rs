//! Has a source changed its template? Each pass is measured against the source's own history.

use crate::model::{Drift, Fill, PARTS, RULES};

/// A history of fewer passes says nothing of how many links are usual.
const PASSES_MIN: u32 = 5;
/// A history of fewer articles says nothing of which parts are usual.
const USUAL_ARTICLES_MIN: u32 = 20;
/// A pass of fewer articles says nothing of a part.
const ARTICLES_MIN: u32 = 3;
/// A part is usual when more than half of the articles state it.
const USUAL_PERCENT: u32 = 50;

/// What a pass shows against the history; what it says nothing of stays as it was `before`.
#[must_use]
pub fn drift(usual: &Fill, pass: &Fill, before: &Drift) -> Drift {
    Drift {
        links: if pass.passes > 0 { fewer_links(usual, pass) } else { before.links.clone() },
        parts: if pass.articles >= ARTICLES_MIN { lost_parts(usual, pass) } else { before.parts.clone() },
    }
}

/// Less than half of the links that a pass usually finds.
fn fewer_links(usual: &Fill, pass: &Fill) -> Option<String> {
    let average = usual.links.checked_div(usual.passes)?;
    let fewer = usual.passes >= PASSES_MIN && pass.links * 2 < average;
    fewer
        .then(|| format!("the listing gives {} links, usually {average}; look at it with `bantin preview`", pass.links))
}

/// A part that most articles used to state and that less than half as many state now, or a selector that finds nothing.
fn lost_parts(usual: &Fill, pass: &Fill) -> Option<String> {
    let mut lost: Vec<String> = RULES
        .iter()
        .zip(pass.missed)
        .filter(|(_, missed)| *missed == pass.articles)
        .map(|(rule, missed)| format!("`{rule}` under [source.article] matches nothing on {missed} pages"))
        .collect();
    for ((part, now), then) in PARTS.iter().zip(pass.parts).zip(usual.parts) {
        let usually = (then * 100).checked_div(usual.articles).unwrap_or_default();
        let stated = now * 100 / pass.articles;
        if usual.articles >= USUAL_ARTICLES_MIN && usually > USUAL_PERCENT && stated * 2 < usually {
            lost.push(format!("{now} of {} articles have a {part}, usually {usually} %", pass.articles));
        }
    }
    if pass.disputed * 2 > pass.articles {
        lost.push(format!(
            "{} of {} articles state two dates more than a day apart; look at one with `bantin preview`",
            pass.disputed, pass.articles
        ));
    }
    (!lost.is_empty()).then(|| lost.join("; "))
}
