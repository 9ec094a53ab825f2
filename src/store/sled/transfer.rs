//! The store to JSON lines and back.

use std::io::{BufRead, Read, Write};

use sled::IVec;

use super::texts::Filing;
use super::{SledStore, Writes, failed, id_from, stories};
use crate::dedupe::sketch;
use crate::model::ArticleId;
use crate::store::line::{
    ArticleLine, LINES_FORMAT, Line, PageLine, SourceLine, SubscriptionLine, article_id, source_id,
};
use crate::store::record::{self, BodyPacker, Kept};
use crate::store::{Store, StoreError, TransferError, keys};

/// The longest line that is read: two bodies of the largest size, quoted.
const LINE_BYTES_MAX: u64 = 256 << 20;

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
    /// Writes everything; `step` hears how many of how many articles are written. It keeps 24 bytes an article in memory.
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
        for entry in self.walk(keys::ADDRESSES) {
            let (key, id) = entry?;
            lines.put(&Line::Address { identity: text(&key[1..])?, article: id_from(&id)?.to_string() })?;
        }
        for entry in self.walk(keys::GUIDS) {
            let (key, id) = entry?;
            let named = text(&key[1..])?;
            let (source, guid) = named.split_once('\0').ok_or_else(|| StoreError::Damaged("a guid".to_owned()))?;
            let (source, guid) = (source.to_owned(), guid.to_owned());
            lines.put(&Line::Guid { source, guid, article: id_from(&id)?.to_string() })?;
        }
        for entry in self.walk(keys::BESIDE) {
            let (key, ids) = entry?;
            let others = ids.as_chunks().0.iter().map(|id| ArticleId::from_bytes(*id).to_string()).collect();
            lines.put(&Line::Beside { article: id_from(&IVec::from(&key[1..]))?.to_string(), others })?;
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
        let mut order = Vec::new();
        for entry in self.walk(keys::HEADS) {
            let (key, head) = entry?;
            let id = id_from(&IVec::from(&key[1..]))?;
            order.push((record::read_head(id, &head)?.article.first_seen.timestamp_millis(), id));
        }
        order.sort_unstable();
        let total = order.len() as u64;
        let reader = self.reader();
        for ((_, id), done) in order.into_iter().zip(1..) {
            let Some(mut kept) = reader.kept(id)? else { continue };
            kept.article = reader.with_body(kept.article)?;
            lines.put(&Line::Article(Box::new(ArticleLine::of(kept))))?;
            step(done, total);
        }
        Ok(())
    }

    /// Fills this store, which is empty, with lines that [`SledStore::export`] wrote, and has it on disk.
    pub(in crate::store) fn import(&self, input: &mut dyn BufRead) -> Result<(), TransferError> {
        let mut number = 0;
        let mut ended = false;
        let mut text = Vec::new();
        let mut import = Import { store: self, filing: Filing::to(self)?, packer: BodyPacker::new()? };
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
        import.filing.finish()?;
        self.file_stories()?;
        self.recount();
        self.db.flush().map_err(failed)?;
        Ok(())
    }

    /// Files the stories, each of which is there with all its tellings.
    fn file_stories(&self) -> Result<(), TransferError> {
        let kept = |id: ArticleId| self.reader().kept(id);
        for entry in self.walk(keys::HEADS) {
            let id = id_from(&IVec::from(&entry?.0[1..]))?;
            let Some(own) = kept(id)? else { continue };
            if let Some(lead) = own.place.story {
                let knows = |lead: Kept| lead.place.members.iter().any(|(member, _)| *member == id);
                if !kept(lead)?.is_some_and(knows) {
                    let reason = format!("{id} belongs to the story {lead}, which does not name it");
                    return Err(TransferError::Stories(reason));
                }
                continue;
            }
            let members = own.place.members.clone();
            let mut all = vec![own];
            for (member, _) in members {
                let telling = kept(member)?.filter(|telling| telling.place.story == Some(id));
                let wrong = || TransferError::Stories(format!("the story {id} names {member}, which is not of it"));
                all.push(telling.ok_or_else(wrong)?);
            }
            let mut writes = Writes::default();
            for key in stories::index_entries(&all) {
                writes.insert(key, &[]);
            }
            self.db.apply_batch(writes).map_err(failed)?;
        }
        Ok(())
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
    store: &'a SledStore,
    filing: Filing<'a>,
    packer: BodyPacker,
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
            Line::Address { identity, article } => self.set(keys::address(&identity), id_bytes(&article)?),
            Line::Guid { source, guid, article } => {
                self.set(keys::guid(&source_id(&source)?, &guid), id_bytes(&article)?)
            }
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
    fn set(&self, key: Vec<u8>, value: Vec<u8>) -> Result<(), LineError> {
        let before = self.store.db.insert(key, value).map_err(failed)?;
        if before.is_some() {
            Err(LineError::Reason("this stood on an earlier line already".to_owned()))
        } else {
            Ok(())
        }
    }

    /// Writes an article, and what finds it by its text as this release does.
    fn take_article(&mut self, kept: &Kept) -> Result<(), LineError> {
        let article = &kept.article;
        self.set(keys::head(article.id), record::write_head(kept)?)?;
        self.store.db.insert(keys::body(article), self.packer.pack(article)?).map_err(failed)?;
        Ok(self.filing.file(article.id.to_bytes(), sketch(article.lead.as_deref(), &article.text))?)
    }
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

fn id_bytes(text: &str) -> Result<Vec<u8>, String> {
    Ok(article_id(text)?.to_bytes().to_vec())
}
