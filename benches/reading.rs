//! One page from text to article, with its parts: what parsing costs, and what cleaning and dating add.

#![allow(clippy::unwrap_used, missing_docs)]

use bantin::clean::clean;
use bantin::date::{Reader, weigh};
use bantin::model::{ArticleRules, Css, DateOrder};
use bantin::parse::read_article;
use divan::black_box;
use url::Url;

fn main() {
    divan::main();
}

/// A page of about 40 KB: a story of twelve paragraphs in three columns of links.
fn page() -> String {
    let links: String = (0..250).map(|n| format!("<li><a href=\"/{n}.html\">Một tin khác của tờ báo mẫu</a> <span class=\"date\">09:{:02}, 23/08/2020</span></li>", n % 60)).collect();
    let body = format!("<p>{}</p>", "Người dân phấn khởi đón con đường mới qua làng. ".repeat(10)).repeat(12);
    format!(
        "<html><head><title>Tin mẫu</title><meta property=\"article:published_time\" content=\"2020-08-24T10:08:00+07:00\">\
         </head><body><div class=\"header\">Thứ 2, 24/08/2020</div><ul>{links}</ul><div class=\"date\">10:08, 24/08/2020</div>\
         <h1>Tin mẫu của tờ báo</h1><p class=\"sapo\">Dẫn của tin.</p><div class=\"body\">{body}</div><ul>{links}</ul></body></html>"
    )
}

fn rules() -> ArticleRules {
    let css = |text: &str| Some(Css::parse(text).unwrap());
    ArticleRules {
        title: css("h1"),
        date: css(".date"),
        lead: css(".sapo"),
        body: css(".body"),
        ..ArticleRules::default()
    }
}

fn reader() -> Reader {
    let zone = chrono_tz::Tz::Asia__Ho_Chi_Minh;
    Reader {
        order: DateOrder::Dmy,
        zone,
        naive_local: false,
        month_minutes: false,
        seen_at: Some("2020-08-24T05:00:00Z".parse().unwrap()),
    }
}

fn address() -> Url {
    Url::parse("https://bao.example/1.html").unwrap()
}

#[divan::bench]
fn the_html_tree_alone(bencher: divan::Bencher) {
    let page = page();
    bencher.bench(|| scraper::Html::parse_document(black_box(&page)));
}

#[divan::bench]
fn a_page_by_selectors(bencher: divan::Bencher) {
    let (page, rules, address) = (page(), rules(), address());
    bencher.bench(|| read_article(black_box(&page), &address, &rules).unwrap());
}

#[divan::bench]
fn a_page_automatically(bencher: divan::Bencher) {
    let (page, rules, address) = (page(), ArticleRules::default(), address());
    bencher.bench(|| read_article(black_box(&page), &address, &rules).unwrap());
}

/// The same page by the fastest kept extractor that is at hand in Rust, body and metadata; the ratio to
/// `a_page_automatically` is what counts.
#[divan::bench]
fn a_page_by_dom_smoothie(bencher: divan::Bencher) {
    let page = page();
    bencher.bench(|| dom_smoothie::Readability::new(black_box(page.as_str()), None, None).unwrap().parse().unwrap());
}

#[divan::bench]
fn cleaning_a_draft(bencher: divan::Bencher) {
    let draft = read_article(&page(), &address(), &rules()).unwrap();
    bencher.bench(|| clean(black_box(&draft)));
}

#[divan::bench]
fn dating_a_draft(bencher: divan::Bencher) {
    let draft = read_article(&page(), &address(), &rules()).unwrap();
    bencher.bench(|| weigh(black_box(&draft.dates), &reader()));
}

#[divan::bench]
fn one_dateline(bencher: divan::Bencher) {
    bencher.bench(|| reader().read(black_box("Cập nhật, 10:08, Thứ Hai, 24/08/2020 (GMT+7)")).unwrap());
}
