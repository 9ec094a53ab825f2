//! An HTML tree to a flat row of blocks.

use std::collections::HashSet;

use ego_tree::{NodeId, NodeRef};
use scraper::{ElementRef, Node};
use url::Url;

use super::blob::without_blobs;
use super::line::Line;
use super::nodes::{UNSEEN, css, fragment, is_block, is_hidden, shows_text};
use super::picture::picture;
use crate::address::publishable;
use crate::model::{Block, Inline};
use crate::text::{is_blank, tidy};

/// A table with at most so many cells and a picture in it lays out that picture.
const PICTURE_TABLE_CELLS_MAX: usize = 4;
/// A longer text under the picture of such a table is a part of the story.
const CAPTION_CHARS_MAX: usize = 300;
/// Signs that HTML escapes in one line; a text with more goes on in a new paragraph, since ammonia takes a time that grows
/// with the square of that number.
const ESCAPED_SIGNS_MAX: usize = 2_000;
/// Characters kept of what stands for a picture that is not shown.
const ALT_CHARS_MAX: usize = 1_000;

/// Reads the blocks inside `root`, leaving out the nodes in `removed` and what readers never see.
pub(super) fn read_blocks(root: ElementRef, base: &Url, removed: &HashSet<NodeId>) -> Vec<Block> {
    let mut walk =
        Walk { base, removed, blocks: Vec::new(), shown: HashSet::new(), line: Line::default(), breaks: 0, ended: 0 };
    walk.children(*root);
    walk.end_line();
    walk.blocks
}

/// Reads the blocks of an HTML fragment, such as a feed entry's content; nothing of one that nests without end.
#[must_use]
pub fn read_fragment(html: &str, base: &Url) -> Vec<Block> {
    match fragment(html) {
        Ok(tree) => {
            let elements = tree.root_element().descendants().filter_map(ElementRef::wrap);
            let hidden = elements.filter(|element| is_hidden(*element)).map(|element| element.id()).collect();
            read_blocks(tree.root_element(), base, &hidden)
        }
        Err(_) => Vec::new(),
    }
}

struct Walk<'a> {
    base: &'a Url,
    removed: &'a HashSet<NodeId>,
    blocks: Vec<Block>,
    /// Addresses of the pictures so far.
    shown: HashSet<String>,
    line: Line,
    /// `<br>` elements since the last text of the line.
    breaks: usize,
    /// How many lines have ended, to see whether a tag pair stayed on one.
    ended: usize,
}

impl Walk<'_> {
    fn children(&mut self, node: NodeRef<Node>) {
        for child in node.children() {
            match child.value() {
                Node::Text(text) => self.text(text),
                Node::Element(_) => {
                    if let Some(element) = ElementRef::wrap(child) {
                        self.element(element);
                    }
                }
                _ => {}
            }
        }
    }

    fn text(&mut self, raw: &str) {
        let mut rest = &*without_blobs(raw);
        while let Some(end) = memchr::memchr3_iter(b'&', b'<', b'>', rest.as_bytes()).nth(ESCAPED_SIGNS_MAX) {
            self.run(&rest[..end]);
            self.end_line();
            rest = &rest[end..];
        }
        self.run(rest);
    }

    fn run(&mut self, raw: &str) {
        if !is_blank(raw) {
            self.take_breaks();
            self.line.push(raw);
        } else if self.breaks == 0 && !self.line.text.is_empty() && !raw.is_empty() {
            self.line.push(" ");
        }
    }

    fn element(&mut self, element: ElementRef) {
        let name = element.value().name();
        if self.removed.contains(&element.id()) || UNSEEN.contains(&name) {
            return;
        }
        match name {
            "br" => self.breaks += 1,
            "img" => self.image(element),
            "iframe" | "video" | "audio" | "embed" | "object" => self.medium(element),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => self.heading(element),
            "ul" | "ol" => self.list(element),
            "blockquote" => self.quote(element),
            "table" if is_picture_table(element) => self.picture_table(element),
            "table" if is_data_table(element) => self.table(element),
            "figcaption" => self.caption(element),
            "figure" if is_picture(element) => self.picture(element),
            "td" | "p" | "div" | "span" if is_caption(element) => self.caption(element),
            "input" => {}
            "a" => self.link(element),
            "strong" | "b" => self.wrapped(element, "strong"),
            "em" | "i" => self.wrapped(element, "em"),
            "u" | "s" | "sub" | "sup" | "code" => self.wrapped(element, name),
            _ if is_block(name) => {
                self.end_line();
                self.children(*element);
                self.end_line();
            }
            _ => self.children(*element),
        }
    }

    fn end_line(&mut self) {
        self.breaks = 0;
        self.ended += 1;
        if let Some(inline) = std::mem::take(&mut self.line).finish() {
            self.blocks.push(Block::Paragraph(inline));
        }
    }

    /// The running text inside `element`, apart from the line around it; its pictures go to the blocks.
    fn inline(&mut self, element: ElementRef) -> Vec<Inline> {
        let outer = std::mem::take(&mut self.line);
        let kept = std::mem::take(&mut self.blocks);
        self.children(*element);
        self.end_line();
        let inner = std::mem::replace(&mut self.blocks, kept);
        self.line = outer;
        let mut lines = Vec::new();
        for block in inner {
            match block {
                Block::Paragraph(line) | Block::Heading(_, line) => lines.push(line),
                Block::Quote(more) | Block::List { items: more, .. } => lines.extend(more),
                Block::Table(rows) => lines.extend(rows.into_iter().flatten()),
                other @ (Block::Figure { .. } | Block::Medium(_)) => self.blocks.push(other),
            }
        }
        lines
    }

    fn one_line(&mut self, element: ElementRef) -> Inline {
        let lines = self.inline(element);
        let html = lines.iter().map(|line| line.html.as_str()).collect::<Vec<_>>().join("<br>");
        let text = lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join(" ");
        Inline { html, text }
    }

    fn heading(&mut self, element: ElementRef) {
        self.end_line();
        let level = element.value().name().as_bytes()[1] - b'0';
        let line = self.one_line(element);
        if !line.text.is_empty() {
            self.blocks.push(Block::Heading(level.clamp(2, 6), line));
        }
    }

    fn list(&mut self, element: ElementRef) {
        self.end_line();
        let ordered = element.value().name() == "ol";
        let mut items = Vec::new();
        for child in element.children().filter_map(ElementRef::wrap) {
            if !self.removed.contains(&child.id()) && !UNSEEN.contains(&child.value().name()) {
                let line = self.one_line(child);
                items.extend((!line.text.is_empty()).then_some(line));
            }
        }
        if !items.is_empty() {
            self.blocks.push(Block::List { ordered, items });
        }
    }

    fn quote(&mut self, element: ElementRef) {
        self.end_line();
        let lines = self.inline(element);
        if !lines.is_empty() {
            self.blocks.push(Block::Quote(lines));
        }
    }

    fn table(&mut self, element: ElementRef) {
        self.end_line();
        let mut rows = Vec::new();
        for row in element.select(css!("tr")) {
            let cells = row.children().filter_map(ElementRef::wrap);
            let cells: Vec<Inline> = cells
                .filter(|cell| matches!(cell.value().name(), "td" | "th") && !self.removed.contains(&cell.id()))
                .collect::<Vec<_>>()
                .into_iter()
                .map(|cell| self.one_line(cell))
                .collect();
            if cells.iter().any(|cell| !cell.text.is_empty()) {
                rows.push(cells);
            }
        }
        if !rows.is_empty() {
            self.blocks.push(Block::Table(rows));
        }
    }

    /// A table that lays out one picture and a short line in a row under it makes that its caption, whatever its class is.
    fn picture_table(&mut self, table: ElementRef) {
        self.end_line();
        let start = self.blocks.len();
        self.children(*table);
        self.end_line();
        let captioned = match &self.blocks[start..] {
            [Block::Figure { caption: None, .. }, Block::Paragraph(line)] => {
                line.text.chars().count() <= CAPTION_CHARS_MAX && opens_with_picture(table)
            }
            _ => false,
        };
        if captioned
            && let Some(Block::Paragraph(line)) = self.blocks.pop()
            && let Some(Block::Figure { caption, .. }) = self.blocks.last_mut()
        {
            *caption = Some(line);
        }
    }

    /// A picture stands behind the line that it interrupts, and once.
    fn image(&mut self, img: ElementRef) {
        let Some(address) = picture(img, self.base).map(String::from) else { return };
        if self.shown.insert(address.clone()) {
            let alt = tidy(img.value().attr("alt").unwrap_or_default()).chars().take(ALT_CHARS_MAX).collect();
            self.blocks.push(Block::Figure { image: address, alt, caption: None });
        }
    }

    fn caption(&mut self, element: ElementRef) {
        self.end_line();
        let line = self.one_line(element);
        match self.blocks.last_mut() {
            Some(Block::Figure { caption, .. }) if caption.is_none() => {
                *caption = (!line.text.is_empty()).then_some(line);
            }
            Some(Block::Figure { .. }) if element.value().name() == "figcaption" => {}
            _ if !line.text.is_empty() => self.blocks.push(Block::Paragraph(line)),
            _ => {}
        }
    }

    /// A figure's pictures and media, with all other text in it as the caption.
    fn picture(&mut self, figure: ElementRef) {
        self.end_line();
        let lines = self.inline(figure);
        let text = lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join(" ");
        let html = lines.iter().map(|line| line.html.as_str()).collect::<Vec<_>>().join(" ");
        if let Some(Block::Figure { caption, .. }) = self.blocks.last_mut()
            && caption.is_none()
            && !text.is_empty()
        {
            *caption = Some(Inline { html, text });
        }
    }

    /// Sound and moving pictures become a link to where they play.
    fn medium(&mut self, element: ElementRef) {
        let source = ["src", "data-src", "data"]
            .iter()
            .find_map(|key| element.value().attr(key))
            .or_else(|| element.select(css!("source[src]")).find_map(|source| source.value().attr("src")));
        if let Some(address) = source.and_then(|source| publishable(self.base, source)) {
            self.end_line();
            self.blocks.push(Block::Medium(address.into()));
        }
    }

    fn link(&mut self, element: ElementRef) {
        let address = element.value().attr("href").and_then(|href| {
            let script = href.trim_start().get(..11).is_some_and(|start| start.eq_ignore_ascii_case("javascript:"));
            (!script && !href.trim_start().starts_with('#')).then(|| publishable(self.base, href)).flatten()
        });
        match address {
            Some(address) => {
                let href = html_escape::encode_double_quoted_attribute(address.as_str()).into_owned();
                self.tagged(element, &format!("<a href=\"{href}\">"), "</a>");
            }
            None => self.children(*element),
        }
    }

    fn wrapped(&mut self, element: ElementRef, name: &str) {
        self.tagged(element, &format!("<{name}>"), &format!("</{name}>"));
    }

    /// Puts a tag pair round the element's text where that stays on one line; otherwise the tags are dropped.
    fn tagged(&mut self, element: ElementRef, open: &str, close: &str) {
        let holds_block = element
            .descendants()
            .filter_map(ElementRef::wrap)
            .skip(1)
            .any(|inner| is_block(inner.value().name()) || inner.value().name() == "img");
        if holds_block || !shows_text(element) {
            return self.children(*element);
        }
        self.take_breaks();
        let (at, ended) = (self.line.html.len(), self.ended);
        self.children(*element);
        if self.ended == ended {
            self.line.html.insert_str(at, open);
            self.line.html.push_str(close);
        }
    }

    /// Two line breaks end a paragraph, one stays inside it.
    fn take_breaks(&mut self) {
        if self.breaks > 1 {
            self.end_line();
        } else if self.breaks == 1 && !self.line.text.is_empty() {
            self.line.html.push_str("<br>");
            if !self.line.text.ends_with(' ') {
                self.line.text.push(' ');
            }
        }
        self.breaks = 0;
    }
}

/// A figure of a picture or a player, not of a table or a text.
fn is_picture(figure: ElementRef) -> bool {
    figure.select(css!("img, iframe, video")).next().is_some()
        && figure.select(css!("table, p, ul, ol, blockquote, pre")).next().is_none()
}

fn is_picture_table(table: ElementRef) -> bool {
    let cells = table.select(css!("td, th")).count();
    cells <= PICTURE_TABLE_CELLS_MAX && table.select(css!("img")).next().is_some()
}

/// Whether a table's first row with a picture or a text shows no text.
fn opens_with_picture(table: ElementRef) -> bool {
    let mut rows = table.select(css!("tr"));
    let first = rows.find(|row| shows_text(*row) || row.select(css!("img")).next().is_some());
    first.is_some_and(|row| !shows_text(row))
}

/// Rows of more than one cell with text, or a header cell: rows that mean something. The rest is layout, as is a row
/// that stands alone.
fn is_data_table(table: ElementRef) -> bool {
    let nested = table.select(css!("table")).next().is_some();
    let cells = |row: ElementRef| {
        let cells = row.children().filter_map(ElementRef::wrap);
        cells.filter(|cell| matches!(cell.value().name(), "td" | "th") && shows_text(*cell)).count()
    };
    let rows = || table.select(css!("tr"));
    let columns = rows().nth(1).is_some() && rows().map(cells).max().unwrap_or(0) > 1;
    !nested && (columns || table.select(css!("th")).next().is_some())
}

fn is_caption(element: ElementRef) -> bool {
    element.value().attr("class").is_some_and(|classes| {
        let classes = classes.to_ascii_lowercase();
        ["caption", "chu-thich", "chuthich"].iter().any(|class| classes.contains(class))
    })
}
