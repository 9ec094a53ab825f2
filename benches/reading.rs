//! One page from text to article, with its parts: what parsing costs, and what cleaning and dating add; and the entries
//! of a feed from bytes to what a store is given.

#![allow(clippy::unwrap_used, missing_docs)]

use std::time::Instant;

use bantin::clean::clean;
use bantin::config::Config;
use bantin::date::{Reader, weigh};
use bantin::harvest::from_draft;
use bantin::model::{ArticleRules, Css, DateOrder, Reads, Source};
use bantin::parse::{decode, measured, read_article, read_channel, read_feed};
use bantin::store::Incoming;
use divan::counter::ItemsCount;
use divan::{AllocProfiler, black_box};
use url::Url;

#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

/// Entries of one feed.
const ENTRIES: usize = 20;

/// Rounds of one measurement; the median of them is told.
const ROUNDS: usize = 301;

fn main() {
    divan::main();
    ratios();
}

/// What counts on any machine: what dating adds to reading a page, and how much longer another extractor takes.
fn ratios() {
    let (page, address, rules, reader) = (page(), address(), ArticleRules::default(), reader());
    let read = || {
        black_box(weigh(&read_article(&page, &address, &rules).unwrap().dates, &reader));
    };
    let extract = || {
        black_box(dom_smoothie::Readability::new(page.as_str(), None, None).unwrap().parse().unwrap());
    };
    let [reading, dom_smoothie] = medians([&read, &extract]);
    let dating = measured(&page, &address, &rules, |page| {
        let date = || {
            black_box(weigh(&page.dates(), &reader));
        };
        let [dating] = medians([&date]);
        dating
    });
    let dating = dating.unwrap();
    println!("dating, candidates and weighing, adds {:.1} % to reading a page", 100.0 * dating / (reading - dating));
    println!("dom_smoothie takes {:.1} times as long", dom_smoothie / reading);
}

/// The median time of each piece of work, in seconds, the pieces taking turns.
fn medians<const N: usize>(work: [&dyn Fn(); N]) -> [f64; N] {
    let mut times = [const { Vec::new() }; N];
    for _ in 0..ROUNDS {
        for (work, times) in work.iter().zip(&mut times) {
            let start = Instant::now();
            work();
            times.push(start.elapsed().as_secs_f64());
        }
    }
    times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[ROUNDS / 2]
    })
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
    bencher.with_inputs(|| draft.clone()).bench_refs(|draft| clean(black_box(draft)));
}

#[divan::bench]
fn dating_a_measured_page(bencher: divan::Bencher) {
    let (page, rules, address) = (page(), ArticleRules::default(), address());
    measured(&page, &address, &rules, |page| bencher.bench_local(|| weigh(&black_box(page).dates(), &reader())))
        .unwrap();
}

#[divan::bench]
fn one_dateline(bencher: divan::Bencher) {
    bencher.bench(|| reader().read(black_box("Cập nhật, 10:08, Thứ Hai, 24/08/2020 (GMT+7)")).unwrap());
}

/// A feed of 28 KB as papers have them: each entry a headline, a link, a date and three paragraphs.
fn feed() -> String {
    const WORDS: [&str; 24] = [
        "Sáng", "nay,", "UBND", "tỉnh", "Khánh", "Hòa", "tổ", "chức", "lễ", "khánh", "thành", "cây", "cầu", "mới",
        "qua", "sông", "Cái,", "người", "dân", "hai", "bờ", "phấn", "khởi", "vui.",
    ];
    let words = |from: usize, count: usize| -> String {
        let word = |n: usize| WORDS[(from * 7 + n * n + n) % WORDS.len()];
        (0..count).map(word).collect::<Vec<_>>().join(" ")
    };
    let entry = |n: usize| {
        let paragraphs: String = (0..3).map(|m| format!("<p>{} {n}.{m}</p>", words(n * 3 + m, 50))).collect();
        format!(
            "<item><title>{} số {n}</title><link>https://bao.example/thoi-su/tin-so-{n}.html</link><guid>tin-{n}</guid>\
             <pubDate>Mon, 24 Aug 2020 10:{n:02}:08 +0700</pubDate><description><![CDATA[{paragraphs}]]></description></item>",
            words(n, 9)
        )
    };
    let entries: String = (0..ENTRIES).map(entry).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><rss version=\"2.0\"><channel><title>Báo mẫu</title>\
         <link>https://bao.example/</link><description>Tin</description>{entries}</channel></rss>"
    )
}

fn source() -> Source {
    let text = "[[source]]\nid = \"bao\"\nfeed = \"https://bao.example/rss/home.rss\"\n";
    Config::parse("bench", text).unwrap().sources.remove(0)
}

#[divan::bench]
fn entries_of_a_feed(bencher: divan::Bencher) {
    let (feed, source, reader) = (feed(), source(), reader());
    let Reads::Feed(address) = &source.reads else { panic!("no feed") };
    let now = reader.seen_at.unwrap();
    let read = |bytes: &[u8]| -> Vec<Incoming> {
        let text = decode(bytes, Some("application/rss+xml"), None);
        black_box(read_channel(&text, address));
        let drafts = read_feed(&text, address, &reader).unwrap();
        let reading = drafts.into_iter().map(|draft| from_draft(draft, None, &reader).unwrap());
        reading.map(|reading| reading.into_incoming(&source, now, true)).collect()
    };
    assert_eq!(read(feed.as_bytes()).len(), ENTRIES);
    bencher.counter(ItemsCount::new(ENTRIES)).bench(|| read(black_box(feed.as_bytes())));
}
