//! What a source's server wants to be asked with: `headers`, `user_agent`, `proxy`, `timeout`, `auth`.
//!
//! Passwords come from a file, the environment or systemd's credentials, so that feeds.toml can be shown to anyone.

use std::path::{Path, PathBuf};

use url::Url;

use super::table::Table;
use super::units::{DURATION_HELP, duration};
use crate::fetch::check_header;
use crate::model::{Access, Login, Secret};

const PROXY_HELP: &str = "write an address such as \"http://127.0.0.1:3128\" or \"socks5h://127.0.0.1:1080\"";
/// A password file is a line, not a book.
const PASSWORD_BYTES_MAX: usize = 4 << 10;
const PASSWORD_HELP: &str =
    "write one of password_file = \"/etc/bantin/password\", password_env = \"NAME\" or credential = \"name\"";

/// Reads the keys of one source; relative password files lie in `directory`.
pub(super) fn read_access(table: &Table, directory: &Path) -> Access {
    let timeout = table.parsed("timeout", DURATION_HELP, duration).and_then(|time| time.to_std().ok());
    if timeout.is_some_and(|timeout| timeout.is_zero()) {
        table.problem(table.span_of("timeout"), "with `timeout` of nothing no page is read", DURATION_HELP);
    }
    let access = Access {
        headers: read_headers(table),
        user_agent: table.parsed("user_agent", "write some text between quotes", |text| {
            let fits = !text.trim().is_empty() && text.chars().all(|c| c == ' ' || c.is_ascii_graphic());
            if fits { Ok(text.to_owned()) } else { Err("`user_agent` cannot be sent in a header".to_owned()) }
        }),
        proxy: read_proxy(table),
        timeout,
        login: table.has("auth").then(|| read_login(table.table("auth"), directory)).flatten(),
    };
    let named = |name: &str| access.headers.iter().any(|(header, _)| header.eq_ignore_ascii_case(name));
    if access.login.is_some() && named("authorization") {
        let message = "both `auth` and a header `Authorization`";
        table.problem(table.span_of("auth"), message, "keep one of them");
    }
    access
}

fn read_headers(table: &Table) -> Vec<(String, Secret)> {
    table.hide("headers");
    let headers = table.table("headers");
    let mut read = Vec::new();
    for (name, value, span) in headers.texts() {
        match check_header(&name, &value) {
            Ok(()) => read.push((name, Secret::new(value))),
            Err(message) => table.problem(span, message, "write headers = { \"X-Api-Key\" = \"…\" }"),
        }
    }
    read
}

/// Reads `proxy`, here and in `[fetch]`.
pub(super) fn read_proxy(table: &Table) -> Option<Secret> {
    table.hide("proxy");
    table.parsed("proxy", PROXY_HELP, |text| {
        let known = |url: &Url| matches!(url.scheme(), "http" | "https" | "socks5" | "socks5h") && url.has_host();
        let url = Url::parse(text).ok().filter(known);
        url.map(|_| Secret::new(text.to_owned())).ok_or_else(|| "`proxy` is no address of a proxy".to_owned())
    })
}

fn read_login(table: Table, directory: &Path) -> Option<Login> {
    let user = table.parsed("user", "write a name without `:`", |text| {
        let fits = !text.is_empty() && !text.contains(':') && !text.chars().any(char::is_control);
        if fits { Ok(text.to_owned()) } else { Err(format!("`{text}` is no name to log in with")) }
    });
    if !table.has("user") {
        table.problem(table.span(), "a login without `user`", "write auth = { user = \"…\", password_file = \"…\" }");
    }
    let ways: [(&str, Option<Secret>); 3] = [
        ("password_file", table.parsed("password_file", PASSWORD_HELP, |path| from_file(&directory.join(path)))),
        ("password_env", table.parsed("password_env", PASSWORD_HELP, from_environment)),
        ("credential", table.parsed("credential", PASSWORD_HELP, from_systemd)),
    ];
    if ways.iter().filter(|(key, _)| table.has(key)).count() != 1 {
        table.problem(table.span(), "a login takes its password from one place", PASSWORD_HELP);
    }
    table.finish();
    let password = ways.into_iter().find_map(|(_, password)| password)?;
    Some(Login { user: user?, password })
}

fn from_file(path: &Path) -> Result<Secret, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    let first = text.lines().next().unwrap_or_default();
    if first.is_empty() || first.len() > PASSWORD_BYTES_MAX {
        return Err(format!("{} holds no password in its first line", path.display()));
    }
    Ok(Secret::new(first.to_owned()))
}

fn from_environment(name: &str) -> Result<Secret, String> {
    let value = std::env::var(name).ok().filter(|value| !value.is_empty());
    value.map(Secret::new).ok_or_else(|| format!("the environment has no `{name}`"))
}

/// systemd lays what `LoadCredential=` names into a directory of the service's own.
fn from_systemd(name: &str) -> Result<Secret, String> {
    let plain = !name.is_empty() && !name.contains('/') && name != "..";
    let directory = std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from).filter(|_| plain);
    let directory = directory.ok_or_else(|| {
        format!(
            "there is no credential `{name}`: systemd sets CREDENTIALS_DIRECTORY when LoadCredential={name}:… is set"
        )
    })?;
    from_file(&directory.join(name))
}
