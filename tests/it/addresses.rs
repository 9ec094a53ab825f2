use bantin::address::{identity, number, publishable};
use bantin::model::ArticleId;
use url::Url;

#[track_caller]
fn same_page(a: &str, b: &str) {
    let [a, b] = [a, b].map(|text| Url::parse(text).unwrap());
    assert_eq!(identity(&a), identity(&b), "{a} and {b} are one page");
}

#[track_caller]
fn other_page(a: &str, b: &str) {
    let [a, b] = [a, b].map(|text| Url::parse(text).unwrap());
    assert_ne!(identity(&a), identity(&b), "{a} and {b} are two pages");
}

#[test]
fn two_spellings_of_one_address_are_one_page() {
    same_page("http://bao.example/a/", "https://www.bao.example/a");
    same_page("https://m.bao.example/a?utm_source=zalo&utm_medium=x", "https://bao.example/a");
    same_page("https://bao.example:443/a", "https://bao.example/a");
    same_page("https://bao.example/tin?b=2&a=1", "https://bao.example/tin?a=1&b=2");
    same_page("https://bao.example/%7Etin/%e1%bb%87", "https://bao.example/~tin/%E1%BB%87");
    same_page("https://bao.example/a#binh-luan", "https://bao.example/a?fbclid=x");
    same_page("https://bao.example/a?inheritRedirect=false", "https://bao.example/a");
    same_page("https://bao.example/tin/amp/", "https://bao.example/tin");
    same_page("https://ai:bimat@bao.example/tin", "https://bao.example/tin");
}

#[test]
fn different_pages_stay_different() {
    other_page("https://bao.example/a?nid=1", "https://bao.example/a?nid=2");
    other_page("https://bao.example/a", "https://bao.example/A");
    other_page("https://bao.example:8080/a", "https://bao.example/a");
    other_page("https://phuyen.bao.example/a", "https://bao.example/a");
    other_page("https://bao.example/%2Fa", "https://bao.example//a");
}

#[track_caller]
fn filed_under(url: &str, expected: Option<&str>) {
    assert_eq!(number(&Url::parse(url).unwrap()).as_deref(), expected, "{url}");
}

#[test]
fn the_number_under_which_a_site_files_an_article_is_read_from_the_end_of_its_address() {
    filed_under("https://www.bao.example/kinh-te/202008/cau-moi-8181690/", Some("bao.example#8181690"));
    filed_under("https://bao.example/cau-moi-post312785.html?utm_source=x", Some("bao.example#312785"));
    filed_under("https://bao.example/cau-moi-a123456.html", Some("bao.example#123456"));
    filed_under("https://bao.example/xa-hoi/202608/cau-moi-e4914ab/", Some("bao.example#e4914ab"));
    filed_under("https://bao.example/tin-bao-so-12.html", None);
    filed_under("https://bao.example/lich-cat-dien-20200824.html", None);
    filed_under("https://bao.example/gia-vang-hom-nay-15082026.html", None);
    filed_under("https://bao.example/8181690/", None);
    filed_under("https://bao.example/them-12345-ca-mac/", None);
    filed_under("https://bao.example/xe-bien-so-quang123456.html", None);
}

#[test]
fn links_are_published_absolute_and_without_tracking() {
    let base = Url::parse("https://bao.example/thoi-su/").unwrap();
    let published = |link: &str| publishable(&base, link).map(String::from);
    assert_eq!(published(" ../tin.html?utm_source=x&id=7#top ").as_deref(), Some("https://bao.example/tin.html?id=7"));
    assert_eq!(published("https://ai:bimat@bao.example/tin").as_deref(), Some("https://bao.example/tin"));
    assert_eq!(published("javascript:void(0)"), None);
    assert_eq!(published("mailto:toasoan@bao.example"), None);
}

#[test]
fn the_name_of_a_story_depends_on_its_address_alone() {
    let id = ArticleId::of_address("bao.example/thoi-su/202008/tin-8181690");
    assert_eq!(id.guid(), "urn:uuid:51b7b703-fba5-5132-a8e4-5f503b7691c3");
    assert_eq!(ArticleId::parse(&id.guid()), Some(id));
    assert_eq!(ArticleId::parse("8181690"), None);
}
