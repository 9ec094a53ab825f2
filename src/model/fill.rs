//! Which parts the articles of a source state, counted.

/// The parts that are counted, by the names that a sysadmin knows.
pub const PARTS: [&str; 5] = ["text", "lead", "author", "date", "image"];

/// The selectors that may find nothing, by their keys.
pub const RULES: [&str; 6] = ["title", "date", "lead", "body", "author", "image"];

/// After so many articles the history counts half, so that it follows a source through the years.
const ARTICLES_MAX: u32 = 400;
/// The same for passes.
const PASSES_MAX: u32 = 100;

/// How many articles stated which part: of one pass, or of a source's history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fill {
    /// Passes that found links.
    pub passes: u32,
    /// Links to articles that they found.
    pub links: u32,
    /// Articles read from their pages.
    pub articles: u32,
    /// How many of these stated each of [`PARTS`].
    pub parts: [u32; PARTS.len()],
    /// On how many of these the selector of each of [`RULES`] found nothing.
    pub missed: [u32; RULES.len()],
    /// How many of these state two dates more than a day apart.
    pub disputed: u32,
}

impl Fill {
    /// Counts one article.
    pub fn add(&mut self, parts: [bool; PARTS.len()], missed: [bool; RULES.len()], disputed: bool) {
        self.articles += 1;
        self.disputed += u32::from(disputed);
        for (count, stated) in self.parts.iter_mut().zip(parts) {
            *count += u32::from(stated);
        }
        for (count, missed) in self.missed.iter_mut().zip(missed) {
            *count += u32::from(missed);
        }
    }

    /// Takes one pass into the history; the older its passes, the less they count.
    pub fn remember(&mut self, pass: &Self) {
        if self.articles + pass.articles > ARTICLES_MAX {
            (self.articles, self.disputed) = (self.articles / 2, self.disputed / 2);
            self.parts.iter_mut().for_each(|count| *count /= 2);
            self.missed.iter_mut().for_each(|count| *count /= 2);
        }
        if self.passes + pass.passes > PASSES_MAX {
            (self.passes, self.links) = (self.passes / 2, self.links / 2);
        }
        self.sum(pass);
    }

    /// Counts both together.
    pub fn sum(&mut self, pass: &Self) {
        self.passes += pass.passes;
        self.links = self.links.saturating_add(pass.links);
        self.articles += pass.articles;
        self.disputed += pass.disputed;
        for (sum, count) in self.parts.iter_mut().zip(pass.parts).chain(self.missed.iter_mut().zip(pass.missed)) {
            *sum += count;
        }
    }
}

/// What has changed for the worse on a source, in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drift {
    /// The listing gives far fewer links than it did.
    pub links: Option<String>,
    /// Articles lack what they used to state, or a selector finds nothing any more.
    pub parts: Option<String>,
}

impl Drift {
    /// Everything that has changed, in one line.
    #[must_use]
    pub fn told(&self) -> Option<String> {
        let all: Vec<&str> = [&self.links, &self.parts].into_iter().flatten().map(String::as_str).collect();
        (!all.is_empty()).then(|| all.join("; "))
    }
}
