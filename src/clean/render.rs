//! Blocks to HTML and to plain text.

use std::borrow::Cow;

use crate::model::{Block, Inline};

/// The blocks as HTML, one element a block; not yet sanitized.
pub(super) fn html(blocks: &[Block]) -> String {
    let mut out = String::new();
    for block in blocks {
        match block {
            Block::Paragraph(line) => element(&mut out, "p", &line.html),
            Block::Heading(level, line) => element(&mut out, &format!("h{level}"), &line.html),
            Block::Quote(lines) => {
                let inner: String = lines.iter().map(|line| format!("<p>{}</p>", line.html)).collect();
                element(&mut out, "blockquote", &inner);
            }
            Block::List { ordered, items } => {
                let inner: String = items.iter().map(|line| format!("<li>{}</li>", line.html)).collect();
                element(&mut out, if *ordered { "ol" } else { "ul" }, &inner);
            }
            // The line breaks keep cells apart for readers that leave out the tags.
            Block::Table(rows) => {
                let row = |cells: &Vec<Inline>| -> String {
                    let cells: Vec<String> = cells.iter().map(|cell| format!("<td>{}</td>", cell.html)).collect();
                    format!("<tr>{}</tr>", cells.join("\n"))
                };
                let rows: Vec<String> = rows.iter().map(row).collect();
                element(&mut out, "table", &format!("<tbody>{}</tbody>", rows.join("\n")));
            }
            Block::Medium(address) => {
                let host = address.split('/').nth(2).unwrap_or(address);
                let href = html_escape::encode_double_quoted_attribute(address);
                element(&mut out, "p", &format!("<a href=\"{href}\">▶ {}</a>", html_escape::encode_text(host)));
            }
            Block::Figure { image, alt, caption } => {
                let image = html_escape::encode_double_quoted_attribute(image);
                let alt = html_escape::encode_double_quoted_attribute(alt);
                let caption = caption.as_ref().map(|line| format!("<figcaption>{}</figcaption>", line.html));
                let inner = format!("<img src=\"{image}\" alt=\"{alt}\">{}", caption.unwrap_or_default());
                element(&mut out, "figure", &inner);
            }
        }
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out
}

fn element(out: &mut String, name: &str, inner: &str) {
    for part in ["<", name, ">", inner, "</", name, ">"] {
        out.push_str(part);
    }
}

/// The paragraphs of the blocks as plain text, separated by a blank line; captions and media are left out.
pub(super) fn text(blocks: &[Block]) -> String {
    let mut paragraphs: Vec<Cow<str>> = Vec::new();
    for block in blocks {
        match block {
            Block::Paragraph(line) | Block::Heading(_, line) => paragraphs.push(line.text.as_str().into()),
            Block::Quote(lines) | Block::List { items: lines, .. } => {
                paragraphs.extend(lines.iter().map(|line| Cow::from(&line.text)));
            }
            // The line breaks keep cells apart for readers that leave out the tags.
            Block::Table(rows) => {
                paragraphs.extend(rows.iter().map(|cells| {
                    Cow::from(cells.iter().map(|cell| cell.text.as_str()).collect::<Vec<_>>().join(" | "))
                }));
            }
            Block::Figure { .. } | Block::Medium(_) => {}
        }
    }
    paragraphs.join("\n\n")
}
