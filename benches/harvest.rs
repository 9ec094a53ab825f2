//! One pass over a site of 64 articles on loopback, into an empty store on disk: articles a second.

#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::response::Html;
use axum::routing::get;
use bantin::clock::Clock;
use bantin::config::Config;
use bantin::daemon::harvester;
use bantin::harvest::Recheck;
use divan::counter::ItemsCount;
use tokio_util::sync::CancellationToken;

const ARTICLES: usize = 64;

fn main() {
    divan::main();
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// A page of about 20 KB: a story of twelve paragraphs and a column of links.
fn page(n: usize) -> String {
    let paragraph = format!(
        "<p>Đoạn văn của tin số {n} kể về chợ nổi, ruộng lúa, bến cảng và con đường mới. {}</p>",
        "Người dân phấn khởi. ".repeat(20)
    );
    let links: String =
        (0..60).map(|m| format!("<li><a href=\"/{m}.html\">Một tin khác của tờ báo mẫu</a></li>")).collect();
    format!(
        "<html><head><title>Tin số {n}</title></head><body><ul>{links}</ul><div class=\"date\">10:08, 24/08/2020</div>\
         <h1>Tin số {n}</h1><p class=\"sapo\">Dẫn của tin số {n}.</p><div class=\"body\">{}</div></body></html>",
        paragraph.repeat(12)
    )
}

fn front() -> String {
    (0..ARTICLES).map(|n| format!("<h3><a href=\"/{n}.html\">Tin số {n} của tờ báo mẫu</a></h3>")).collect()
}

#[divan::bench(sample_count = 20)]
fn one_site_into_an_empty_store(bencher: divan::Bencher) {
    let runtime = runtime();
    let address = runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let pages: Arc<Vec<String>> = Arc::new((0..ARTICLES).map(page).collect());
        let article = move |Path(name): Path<String>| {
            let pages = pages.clone();
            async move { Html(pages[name.trim_end_matches(".html").parse::<usize>().unwrap_or(0)].clone()) }
        };
        let router = Router::new().route("/", get(|| async { Html(front()) })).route("/{page}", get(article));
        tokio::spawn(async move { axum::serve(listener, router).await });
        address
    });
    let fresh = || {
        let directory = tempfile::tempdir().unwrap();
        let text = format!(
            "[store]\npath = {:?}\n[fetch]\nhost_gap = \"0s\"\nhost_concurrency = 4\nallow_private = true\nrobots = false\n\
             [[source]]\nid = \"bao\"\n[source.listing]\nurl = \"http://{address}/\"\nlink = \"h3 a\"\n\
             [source.article]\ntitle = \"h1\"\ndate = \".date\"\nlead = \".sapo\"\nbody = \".body\"\n",
            directory.path().join("store").to_str().unwrap()
        );
        let config = Config::parse("bench", &text).unwrap();
        let harvester = harvester(&config, Clock::system(), CancellationToken::new()).unwrap();
        (directory, config, harvester)
    };
    bencher.counter(ItemsCount::new(ARTICLES)).with_inputs(fresh).bench_values(|(directory, config, harvester)| {
        let report = runtime.block_on(harvester.harvest(&config.sources[0], Recheck::All, &|_, _| {}));
        assert_eq!(report.new, ARTICLES);
        directory
    });
}
