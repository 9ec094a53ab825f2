//! What a browser shows of a feed: a note for people who opened it by chance, and the stories below.

/// The file name of [`ICON`].
pub const ICON_FILE: &str = "icon.png";
/// The site's picture, 96 pixels square.
pub const ICON: &[u8] = include_bytes!("icon.png");

/// The file name of [`STYLE`].
pub const STYLE_FILE: &str = "feed.css";
/// CSS for RSS and Atom, named by their `<?xml-stylesheet?>`; browsers no longer run XSLT.
pub const STYLE: &str = r#"@namespace atom "http://www.w3.org/2005/Atom";
@namespace content "http://purl.org/rss/1.0/modules/content/";
:root { color-scheme: light dark; display: block; max-width: 46rem; margin: 0 auto; padding: 1rem;
  font: 1.0625rem/1.6 system-ui, sans-serif; overflow-wrap: break-word; }
:root::before { display: block; border: 1px solid #8886; border-radius: .5rem; padding: .8rem 1rem; margin-bottom: 1rem;
  content: "Đây là nguồn cấp tin (RSS/Atom), dành cho ứng dụng đọc tin. Hãy sao chép địa chỉ của trang này vào ứng dụng của bạn để nhận tin mới. Các tin gần đây ở bên dưới."; }
channel, item, entry, title, description, summary, pubDate, published { display: block; }
channel > title, atom|feed > atom|title { font-size: 1.5rem; font-weight: 700; }
item, entry { border-top: 1px solid #8884; padding: .8rem 0; }
item > title, entry > title { font-weight: 700; font-size: 1.1rem; }
pubDate, published { font-size: .9rem; opacity: .8; }
link, guid, id, updated, category, source, language, generator, docs, ttl, image, author, icon, lastBuildDate,
content|encoded, entry > content { display: none; }
"#;
