//! The sample papers' templates, as careless as real ones.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use unicode_normalization::UnicodeNormalization;

use super::stories::{COAST, MORNING, Quirk, Story};

/// The clock in every page's head: the moment of the visit, which is no dateline.
fn header(now: DateTime<Utc>, paper: &str) -> String {
    let clock = now.with_timezone(&Tz::Asia__Ho_Chi_Minh).format("%d/%m/%Y, %H:%M:%S");
    format!(
        "<div class=\"header\"><span class=\"now\">Hôm nay, {clock}</span> <b>{paper}</b>\
         <ul class=\"menu\"><li><a href=\"/binh-minh/\">Trang chủ</a></li>\
         <li><a href=\"/binh-minh/phuong-an-binh.html\">Phường An Bình</a></li></ul></div>"
    )
}

pub(super) fn front(now: DateTime<Utc>) -> String {
    let entries: String = MORNING
        .iter()
        .map(|story| {
            format!(
                "<div class=\"item\"><h3><a href=\"/binh-minh/202008/{}.html?utm_source=trang-chu\">{}</a></h3>\
                 <span class=\"date\">{}</span></div>\n",
                story.slug, story.title, story.dateline
            )
        })
        .collect();
    format!(
        "<!DOCTYPE html><html lang=\"vi\"><head><meta charset=\"utf-8\"><title>Báo Bình Minh</title></head><body>{}\
         <div class=\"list\">{entries}</div><div class=\"footer\">Giấy phép số 1/GP ngày 02/01/2015</div></body></html>",
        header(now, "Báo Bình Minh")
    )
}

pub(super) fn article(story: &Story, others: &[Story], paper: &str, edited: bool, now: DateTime<Utc>) -> String {
    let title = if story.quirk == Quirk::Decomposed { story.title.nfd().collect() } else { story.title.to_owned() };
    let related: String = others
        .iter()
        .filter(|other| other.slug != story.slug)
        .take(3)
        .map(|other| {
            format!(
                "<li><a href=\"{}.html\">{}</a> <span class=\"date\">({})</span></li>",
                other.slug, other.title, other.dateline
            )
        })
        .collect();
    format!(
        "<!DOCTYPE html><html lang=\"vi\"><head><meta charset=\"utf-8\"><title>{title} - {paper}</title>\
         <meta name=\"description\" content=\"{lead} {paper} điện tử, Cơ quan ngôn luận của tỉnh.\">\
         <meta property=\"og:type\" content=\"article\"></head><body>{header}\
         <div class=\"detail\"><div class=\"date\">{dateline}</div><h1>{title}</h1>\
         <div class=\"share\"><a href=\"#\">Chia sẻ</a> <a href=\"#\">In bài này</a></div>\
         <div class=\"sapo\">{lead}</div><div class=\"detail-news\">{body}</div>\
         <div class=\"related\"><b>Tin liên quan</b><ul>{related}</ul></div></div>\
         <div class=\"footer\">Giấy phép số 1/GP ngày 02/01/2015</div></body></html>",
        lead = story.lead,
        header = header(now, paper),
        dateline = story.dateline,
        body = body(story, edited),
    )
}

fn body(story: &Story, edited: bool) -> String {
    let mut out = String::new();
    if story.quirk == Quirk::LeadTwice {
        out.push_str(&format!("<p>&nbsp;</p><p><strong>{}</strong></p>", story.lead));
    }
    if story.quirk == Quirk::Picture {
        out.push_str(&format!(
            "<figure><img src=\"/anh/{}.png\" alt=\"\"><figcaption>Ảnh: {}</figcaption></figure>",
            story.slug,
            story.byline.rsplit(": ").next().unwrap_or_default()
        ));
    }
    if story.quirk == Quirk::List {
        let items: String = story.paragraphs.iter().map(|text| format!("<li>{text}</li>")).collect();
        out.push_str(&format!("<ul>{items}</ul>"));
    } else {
        for text in story.paragraphs {
            let text = if edited && story.quirk == Quirk::Edited {
                text.replace("62 tạ", "64 tạ")
            } else {
                (*text).to_owned()
            };
            let text: String = if story.quirk == Quirk::Decomposed { text.nfd().collect() } else { text };
            let blank = if story.quirk == Quirk::BlankLines { "<p>&nbsp;</p>" } else { "" };
            out.push_str(&format!("{blank}<p style=\"text-align: justify;\">{text}</p>"));
        }
    }
    if !story.byline.is_empty() {
        out.push_str(&format!(
            "<p class=\"byline\" style=\"text-align: right;\"><strong>{}</strong></p>",
            story.byline
        ));
    }
    out
}

/// The second paper's feed: a picture and a literal `</br>` in each description, blanks round the addresses.
pub(super) fn feed() -> String {
    let items: String = COAST
        .iter()
        .map(|story| {
            let link = format!("/duyen-hai/202008/{}.html", story.slug);
            format!(
                "<item><title>\n{}\n</title><description><![CDATA[<a href=\"{link}\"><img src=\"/anh/{}.png\"></a>\
                 </br>{}]]></description><link>\n{link}\n</link><guid>\n{link}\n</guid></item>\n",
                story.title, story.slug, story.lead
            )
        })
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<rss version=\"2.0\"><channel><title>Báo Duyên Hải</title>\
         <link>/duyen-hai/</link><description>Báo Duyên Hải</description>\n{items}</channel></rss>\n"
    )
}
