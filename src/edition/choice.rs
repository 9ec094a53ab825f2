//! Which stories a feed holds, chosen by the window.

use std::ops::ControlFlow;

use super::{Before, Desk, EditionError, FeedAddress, Filter};
use crate::model::ArticleId;
use crate::publish::{Bounds, Document, Entry, Feed, Format, Head, History, Offer, Window, render};

/// A feed that is to be written, and what is known of the stories that it was chosen from.
#[derive(Debug)]
pub struct Edition<'a> {
    format: Format,
    feed: Feed<'a>,
    /// Of its items, in their order.
    shown: Vec<Head>,
    /// Of what it passed over.
    passed: Vec<Head>,
}

impl<'a> Edition<'a> {
    /// The feed alone.
    #[must_use]
    pub fn into_feed(self) -> Feed<'a> {
        self.feed
    }

    /// The stories that it shows, newest first.
    #[must_use]
    pub fn stories(&self) -> Vec<ArticleId> {
        self.shown.iter().map(|head| head.id).collect()
    }

    /// How many of them are written anew; the others stand in it as in the edition before.
    #[must_use]
    pub fn news(&self) -> usize {
        self.feed.items.iter().filter(|entry| matches!(entry, Entry::New(_))).count()
    }

    /// Writes the feed; what is known from then on makes the next one.
    #[must_use]
    pub fn write(self) -> (Document, Before) {
        let document = render(&self.feed, self.format);
        let shown = self.shown.into_iter().zip(document.pieces.iter().cloned());
        let before = Before::new(self.format, shown, self.passed);
        (document, before)
    }
}

impl Desk<'_> {
    /// The feed at an address, with all its items to be written.
    ///
    /// # Errors
    /// When its filters mean nothing or the store fails.
    pub fn feed(&self, address: &FeedAddress) -> Result<Feed<'_>, EditionError> {
        Ok(self.choose(address, &Before::default())?.0)
    }

    /// The feed at an address; what has not changed since the edition before stands in it as it is there.
    ///
    /// # Errors
    /// When its filters mean nothing or the store fails.
    pub fn edition(&self, address: &FeedAddress, format: Format, before: &Before) -> Result<Edition<'_>, EditionError> {
        let (feed, shown, passed) = self.choose(address, before.in_format(format).unwrap_or(&Before::default()))?;
        Ok(Edition { format, feed, shown, passed })
    }

    /// A feed, the heads of its items, and those of the stories that it passed over.
    fn choose(&self, address: &FeedAddress, before: &Before) -> Result<(Feed<'_>, Vec<Head>, Vec<Head>), EditionError> {
        let filter = address.all();
        let mut bounds = Bounds::of(self.site);
        if filter.source.is_some() {
            bounds.max_per_source = 1.0;
        }
        let mut window = Window::new(bounds);
        let mut room = filter.limit.unwrap_or(usize::MAX);
        self.visit(&filter, before, &mut |head, article| {
            if !self.shows(head.is_withdrawn) {
                window.pass(head);
                return ControlFlow::Continue(());
            }
            room -= 1;
            if window.take((head, article)) && room > 0 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        let (taken, passed) = window.close();
        let (mut shown, mut items) = (Vec::with_capacity(taken.len()), Vec::with_capacity(taken.len()));
        for offer in taken {
            if let Some((head, entry)) = self.entry(offer, before)? {
                shown.push(head);
                items.push(entry);
            }
        }
        let whole = address.stem == FeedAddress::default().stem && address.filter == Filter::default();
        let history = if whole { self.subscription()? } else { History::default() };
        Ok((self.feed_with(address, items, history), shown, passed))
    }

    /// What a feed shows of a story; nothing where it has joined another or was dropped meanwhile.
    fn entry(&self, (head, read): Offer, before: &Before) -> Result<Option<(Head, Entry)>, EditionError> {
        if let Some(piece) = before.piece(&head) {
            return Ok(Some((head, Entry::Written(piece))));
        }
        let article = match read {
            Some(article) => Some(article),
            // It was passed over by the edition before.
            None => self.store.article(head.id)?.filter(|article| article.id == head.id),
        };
        Ok(article.map(|article| (head, Entry::New(Box::new(self.item(&article))))))
    }
}
