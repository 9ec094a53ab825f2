//! The store to JSON lines and back.

use std::io::{BufRead, Read, Write};

use super::filling::Filling;
use super::run::Listing;
use super::stories;
use super::{SledStore, failed};
use crate::dedupe::sketch;
use crate::model::ArticleId;
use crate::store::line::{
    ArticleLine, LINES_FORMAT, Line, PageLine, SourceLine, SubscriptionLine, article_id, source_id,
};
use crate::store::record::{self, Kept};
use crate::store::{Store, StoreError, TransferError, keys};

/// The longest line that is read: two bodies of the largest size, quoted.
const LINE_BYTES_MAX: u64 = 256 << 20;

/// Lines written at once.
const IMPORT_STEPS_MAX: usize = 100;

/// Lines on their way out, counted.
struct Lines<'a> {
    out: &'a mut dyn Write,
    count: u64,
}

impl Lines<'_> {
    fn put(&mut self, line: &Line) -> Result<(), TransferError> {
        serde_json::to_writer(&mut *self.out, line).map_err(std::io::Error::from)?;
        self.out.write_all(b"\n")?;
        self.count += 1;
        Ok(())
    }
}

impl SledStore {
    /// Writes everything; `step` hears how many of how many articles are written.
    pub(in crate::store) fn export(
        &self,
        out: &mut dyn Write,
        step: &mut dyn FnMut(u64, u64),
    ) -> Result<(), TransferError> {
        let mut lines = Lines { out, count: 0 };
        lines.put(&Line::Bantin { format: LINES_FORMAT })?;
        for entry in self.walk(keys::SOURCES) {
            let (key, state) = entry?;
            let line = SourceLine::of(text(&key[1..])?, record::read_source(&state)?);
            lines.put(&Line::Source(Box::new(line)))?;
        }
        self.export_articles(&mut lines, step)?;
        self.export_names(&mut lines)?;
        for entry in self.walk(keys::BESIDE) {
            let (key, ids) = entry?;
            let others = ids.as_chunks().0.iter().map(|id| ArticleId::from_bytes(*id).to_string()).collect();
            lines.put(&Line::Beside { article: keys::article_id(&key)?.to_string(), others })?;
        }
        for entry in self.walk(keys::PAGES) {
            let (key, page) = entry?;
            let line = PageLine::of(text(&key[1..])?, record::read_page(&page)?);
            lines.put(&Line::Page(Box::new(line)))?;
        }
        for subscription in self.subscriptions()? {
            lines.put(&Line::Subscription(Box::new(SubscriptionLine::of(subscription))))?;
        }
        let before = lines.count;
        lines.put(&Line::End { lines: before })?;
        Ok(lines.out.flush()?)
    }

    fn export_articles(&self, lines: &mut Lines, step: &mut dyn FnMut(u64, u64)) -> Result<(), TransferError> {
        let total = self.index().articles().count() as u64;
        for (kept, done) in self.articles().zip(1..) {
            lines.put(&Line::Article(Box::new(ArticleLine::of(kept?))))?;
            step(done, total);
        }
        Ok(())
    }

    /// Writes what leads to articles, in the order in which it came to do so.
    fn export_names(&self, lines: &mut Lines) -> Result<(), TransferError> {
        let mut survey = self.survey();
        for run in self.runs() {
            for filing in run?.1.0 {
                let Some(filing) = survey.current(&self.index(), filing) else { continue };
                let article = filing.article().to_string();
                for name in filing.names {
                    lines.put(&line_of(&name, article.clone())?)?;
                }
            }
        }
        Ok(())
    }

    /// Fills this store, which is empty, with lines that [`SledStore::export`] wrote, and has it on disk.
    pub(in crate::store) fn import(&self, input: &mut dyn BufRead) -> Result<(), TransferError> {
        let mut number = 0;
        let mut ended = false;
        let mut text = Vec::new();
        let mut import = Import { filling: Filling::begin(self, IMPORT_STEPS_MAX) };
        loop {
            text.clear();
            if (&mut *input).take(LINE_BYTES_MAX).read_until(b'\n', &mut text)? == 0 {
                break;
            }
            number += 1;
            let wrong = |reason: String| TransferError::Line { line: number, reason };
            if ended {
                return Err(wrong("a line behind the last one".to_owned()));
            }
            if !text.ends_with(b"\n") && text.len() as u64 == LINE_BYTES_MAX {
                return Err(wrong(format!("longer than {LINE_BYTES_MAX} bytes")));
            }
            let line: Line = serde_json::from_slice(&text).map_err(|error| wrong(error.to_string()))?;
            match line {
                Line::Bantin { format } if number == 1 && format <= LINES_FORMAT => {}
                Line::Bantin { format } if number == 1 => {
                    return Err(wrong(format!(
                        "the file has form {format}, this release reads up to {LINES_FORMAT}; use a newer release"
                    )));
                }
                _ if number == 1 => return Err(wrong("this is no export of bantin".to_owned())),
                Line::End { lines } if lines + 1 == number => ended = true,
                Line::End { lines } => {
                    return Err(wrong(format!("{lines} lines should stand before this one")));
                }
                line => import.take(line).map_err(|error| match error {
                    LineError::Reason(reason) => wrong(reason),
                    LineError::Store(error) => error.into(),
                })?,
            }
        }
        if !ended {
            let reason = "the file ends without its last line: it was cut off".to_owned();
            return Err(TransferError::Line { line: number + 1, reason });
        }
        import.filling.finish()?;
        self.check_stories()?;
        self.file_stories()?;
        self.db.flush().map_err(failed)?;
        Ok(())
    }

    /// Sees that each story is there with all its tellings.
    fn check_stories(&self) -> Result<(), TransferError> {
        let kept = |id: ArticleId| self.reader().kept(id);
        for own in self.articles() {
            let own = own?;
            let id = own.article.id;
            if let Some(lead) = own.place.story {
                let knows = |lead: Kept| lead.place.members.iter().any(|(member, _)| *member == id);
                if !kept(lead)?.is_some_and(knows) {
                    let reason = format!("{id} belongs to the story {lead}, which does not name it");
                    return Err(TransferError::Stories(reason));
                }
            }
            for (member, _) in own.place.members {
                if kept(member)?.is_none_or(|telling| telling.place.story != Some(id)) {
                    return Err(TransferError::Stories(format!("the story {id} names {member}, which is not of it")));
                }
            }
        }
        Ok(())
    }

    /// Lists all stories as their articles say, and has guids lead to them that lead nowhere: a store of format 3 and its
    /// exports had no entry for one that was an address of its article.
    pub(super) fn file_stories(&self) -> Result<(), StoreError> {
        let mut filling = Filling::begin(self, IMPORT_STEPS_MAX);
        for kept in self.articles() {
            let kept = kept?;
            let id = kept.article.id;
            let tx = filling.step()?;
            for (source, guid) in &kept.handles.guids {
                let name = keys::guid(source, guid);
                if tx.named(&name).is_none() {
                    tx.name(name, id);
                }
            }
            if kept.place.story.is_some() {
                tx.list(id, Listing::default());
            } else {
                stories::file_again(tx, id)?;
            }
        }
        filling.finish()
    }

    /// Whether nothing at all was ever kept.
    pub(in crate::store) fn is_blank(&self) -> Result<bool, StoreError> {
        for key in self.db.iter().keys() {
            if ![keys::VERSION, keys::SWEPT].contains(&key.map_err(failed)?.as_ref()) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Lines on their way into a store.
struct Import<'a> {
    filling: Filling<'a>,
}

impl Import<'_> {
    fn take(&mut self, line: Line) -> Result<(), LineError> {
        match line {
            Line::Bantin { .. } | Line::End { .. } => Err(LineError::Reason("a second first line".to_owned())),
            Line::Source(line) => {
                let (id, state) = line.read()?;
                self.set(keys::source(&id), record::write_source(&state)?)
            }
            Line::Article(line) => self.take_article(&line.read()?),
            Line::Address { identity, article } => self.name(keys::address(&identity), &article),
            Line::Guid { source, guid, article } => self.name(keys::guid(&source_id(&source)?, &guid), &article),
            Line::Beside { article, others } => {
                let ids =
                    others.iter().map(|id| Ok(article_id(id)?.to_bytes())).collect::<Result<Vec<_>, LineError>>()?;
                self.set(keys::beside(article_id(&article)?), ids.concat())
            }
            Line::Page(line) => {
                let (address, page) = line.read()?;
                self.set(keys::page(address.as_str()), record::write_page(&page)?)
            }
            Line::Subscription(line) => {
                let subscription = line.read()?;
                let key = keys::subscription(&subscription.topic, &subscription.callback);
                self.set(key, subscription.write()?)
            }
        }
    }

    /// Writes an entry that nothing else has written.
    fn set(&mut self, key: Vec<u8>, value: Vec<u8>) -> Result<(), LineError> {
        let tx = self.filling.step()?;
        if tx.get(key.as_slice())?.is_some() {
            return Err(twice());
        }
        tx.insert(key, value);
        Ok(())
    }

    fn name(&mut self, name: String, article: &str) -> Result<(), LineError> {
        let article = article_id(article)?;
        let tx = self.filling.step()?;
        if tx.named(&name).is_some() {
            return Err(twice());
        }
        tx.name(name, article);
        Ok(())
    }

    /// Writes an article, and what finds it by its text as this release does.
    fn take_article(&mut self, kept: &Kept) -> Result<(), LineError> {
        let article = &kept.article;
        let tx = self.filling.step()?;
        if tx.article(article.id)?.is_some() {
            return Err(twice());
        }
        tx.keep(kept)?;
        tx.file_text(article.id, &sketch(article.lead.as_deref(), &article.text));
        Ok(())
    }
}

fn twice() -> LineError {
    LineError::Reason("this stood on an earlier line already".to_owned())
}

/// Why a line was not taken.
enum LineError {
    Reason(String),
    Store(StoreError),
}

impl From<String> for LineError {
    fn from(reason: String) -> Self {
        Self::Reason(reason)
    }
}

impl From<StoreError> for LineError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

fn text(bytes: &[u8]) -> Result<String, StoreError> {
    String::from_utf8(bytes.to_vec()).map_err(|_| StoreError::Damaged("a key that is no text".to_owned()))
}

/// The line of what leads to an article.
fn line_of(name: &str, article: String) -> Result<Line, StoreError> {
    if let Some(identity) = name.strip_prefix(keys::ADDRESSES) {
        return Ok(Line::Address { identity: identity.to_owned(), article });
    }
    let guid = name.strip_prefix(keys::GUIDS).and_then(|named| named.split_once('\0'));
    let (source, guid) = guid.ok_or_else(|| StoreError::Damaged("what leads to an article".to_owned()))?;
    Ok(Line::Guid { source: source.to_owned(), guid: guid.to_owned(), article })
}
