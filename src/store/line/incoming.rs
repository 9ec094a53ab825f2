//! An article on its way into a store as one JSON line, for a process that has the store.

use serde::{Deserialize, Serialize};

use super::ArticleLine;
use crate::store::Incoming;
use crate::store::record::Kept;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct IncomingLine {
    article: ArticleLine,
    number: Option<String>,
    sketch: Vec<u32>,
}

impl Incoming {
    /// The article in one line without its end, see [`Incoming::of_line`].
    #[must_use]
    pub fn to_line(&self) -> String {
        let article = ArticleLine::of(Kept::of(self, self.article.clone()));
        let line = IncomingLine { article, number: self.number.clone(), sketch: self.sketch.clone() };
        // Strings, numbers and lists of them: serde_json has no way to fail on these.
        serde_json::to_string(&line).unwrap_or_default()
    }

    /// Reads what [`Incoming::to_line`] wrote.
    ///
    /// # Errors
    /// What is wrong with the line.
    pub fn of_line(line: &str) -> Result<Self, String> {
        let IncomingLine { article, number, sketch } = serde_json::from_str(line).map_err(|error| error.to_string())?;
        let Kept { article, handles, place } = article.read()?;
        let guid = handles.guids.into_iter().next().map(|(_, guid)| guid);
        Ok(Self { article, identities: handles.identities, number, guid, sketch, first_pass: place.first_pass })
    }
}
