//! `headers`, `user_agent`, `proxy`, `timeout` and `auth` of a source: what is read, and what is said of what is wrong.

use bantin::config::{Config, ConfigError};

fn with(keys: &str) -> String {
    format!("[[source]]\nid = \"a\"\nfeed = \"https://a.example/rss\"\n{keys}")
}

#[track_caller]
fn refused(keys: &str, reason: &str) -> String {
    match Config::parse("feeds.toml", &with(keys)) {
        Err(ConfigError::Problems(report)) if report.to_string().contains(reason) => report.to_string(),
        other => panic!("{keys}: expected {reason:?}, got {other:?}"),
    }
}

#[test]
fn a_source_may_have_its_own_words_for_its_server() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("password"), "mật khẩu\nsecond line\n").unwrap();
    let file = directory.path().join("feeds.toml");
    let keys = "headers = { \"X-Api-Key\" = \"khóa\", Cookie = \"a=b\" }\nuser_agent = \"Toa soan/1.0\"\n\
                proxy = \"socks5h://127.0.0.1:1080\"\ntimeout = \"90s\"\nauth = { user = \"toi\", password_file = \"password\" }\n";
    std::fs::write(&file, with(keys)).unwrap();
    let config = Config::read(&file).unwrap_or_else(|error| panic!("{error}"));
    let access = &config.sources[0].access;
    let headers: Vec<_> = access.headers.iter().map(|(name, value)| (name.as_str(), value.expose())).collect();
    assert_eq!(headers, [("Cookie", "a=b"), ("X-Api-Key", "khóa")]);
    assert_eq!(access.user_agent.as_deref(), Some("Toa soan/1.0"));
    assert_eq!(access.proxy.as_ref().unwrap().expose(), "socks5h://127.0.0.1:1080");
    assert_eq!(access.timeout.unwrap().as_secs(), 90);
    let login = access.login.as_ref().unwrap();
    assert_eq!((login.user.as_str(), login.password.expose()), ("toi", "mật khẩu"), "relative to feeds.toml");
}

#[test]
fn a_password_may_lie_in_the_environment() {
    let name = std::env::vars().find(|(_, value)| !value.is_empty()).unwrap();
    let keys = format!("auth = {{ user = \"toi\", password_env = \"{}\" }}\n", name.0);
    let config = Config::parse("feeds.toml", &with(&keys)).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(config.sources[0].access.login.as_ref().unwrap().password.expose(), name.1);
}

#[test]
fn what_cannot_be_sent_is_refused_with_the_way_out() {
    for name in ["Host", "content-length", "Transfer-Encoding", "CONNECTION", "Accept-Encoding", "If-None-Match"] {
        refused(&format!("headers = {{ \"{name}\" = \"x\" }}\n"), &format!("bantin writes the header `{name}` itself"));
    }
    refused("headers = { \"a b\" = \"x\" }\n", "`a b` is no name of a header");
    refused("headers = { \"X\" = 1 }\n", "`X` is an integer");
    refused("headers = { \"User-Agent\" = \"x\" }\n", "bantin writes the header `User-Agent` itself");
    refused("user_agent = \"\"\n", "cannot be sent in a header");
    refused("proxy = \"ftp://a.example/\"\n", "`proxy` is no address of a proxy");
    refused("timeout = \"0s\"\n", "`timeout` of nothing");
    refused("auth = { password_env = \"HOME\" }\n", "a login without `user`");
    refused("auth = { user = \"a:b\", password_env = \"HOME\" }\n", "no name to log in with");
    refused("auth = { user = \"a\" }\n", "takes its password from one place");
    refused("auth = { user = \"a\", password_env = \"HOME\", password_file = \"/x\" }\n", "from one place");
    refused("auth = { user = \"a\", password = \"x\" }\n", "unknown key `password`");
    refused("auth = { user = \"a\", password_file = \"/nowhere/password\" }\n", "cannot read /nowhere/password");
    refused("auth = { user = \"a\", password_env = \"NO_SUCH_NAME_HERE\" }\n", "has no `NO_SUCH_NAME_HERE`");
    refused("auth = { user = \"a\", credential = \"bao\" }\n", "LoadCredential=bao");
    let both = "headers = { Authorization = \"Bearer x\" }\nauth = { user = \"a\", password_env = \"HOME\" }\n";
    refused(both, "both `auth` and a header `Authorization`");
}

#[test]
fn no_report_shows_a_secret() {
    let report = refused("headers = { Host = \"chìa khóa\", X = \"bí mật\" }\n", "bantin writes the header `Host`");
    assert!(!report.contains("chìa khóa") && !report.contains("bí mật"), "{report}");
    let report = refused("proxy = \"ftp://ai:bimat@a.example/\"\n", "no address of a proxy");
    assert!(!report.contains("bimat"), "{report}");
}

#[test]
fn networks_and_time_limits_of_the_client_are_read() {
    let text = "[fetch]\nallow = [\"10.1.0.0/16\", \"192.168.3.4\"]\nconnect_timeout = \"3s\"\nfirst_byte_timeout = \"4s\"\n\
                idle_timeout = \"5s\"\nproxy = \"http://127.0.0.1:3128\"\n";
    let fetch = Config::parse("feeds.toml", text).unwrap_or_else(|error| panic!("{error}")).fetch;
    assert_eq!(fetch.allow.iter().map(ToString::to_string).collect::<Vec<_>>(), ["10.1.0.0/16", "192.168.3.4/32"]);
    let times = [fetch.connect_timeout, fetch.first_byte_timeout, fetch.idle_timeout].map(|time| time.as_secs());
    assert_eq!(times, [3, 4, 5]);
    assert_eq!(fetch.proxy.unwrap().expose(), "http://127.0.0.1:3128");
    let Err(error) = Config::parse("feeds.toml", "[fetch]\nallow = [\"10.1\"]\nidle_timeout = \"0s\"\n") else {
        panic!()
    };
    assert!(
        error.to_string().contains("`10.1` is no network") && error.to_string().contains("`idle_timeout` of nothing")
    );
}
