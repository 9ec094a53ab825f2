//! The real binary at a desk of its own: a site, a file that reads it, and a store.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::harness::{FakeSite, article, client, listing, prose, source};

pub fn bantin(file: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bantin"));
    command.arg("--config").arg(file).env("NO_COLOR", "1").env_remove("STATE_DIRECTORY");
    command
}

pub struct Desk {
    pub directory: tempfile::TempDir,
    pub site: FakeSite,
}

impl Desk {
    /// A site of so many stories, and a file that reads it.
    pub async fn with_stories(stories: usize) -> Self {
        let site = FakeSite::start().await;
        let links: Vec<(String, String)> =
            (0..stories).map(|n| (format!("/{n}.html"), format!("Tin số {n}"))).collect();
        let pairs: Vec<(&str, &str)> = links.iter().map(|(path, title)| (path.as_str(), title.as_str())).collect();
        site.page("/", listing(&pairs));
        for (n, (path, title)) in pairs.iter().enumerate() {
            let dateline = format!("10:{:02}, {:02}/08/2020", n % 60, 1 + n % 28);
            site.page(
                path,
                article(title, &dateline, &format!("Dẫn {n}."), &[&prose(70, n), &format!("Đoạn riêng {n}.")]),
            );
        }
        let desk = Self { directory: tempfile::tempdir().unwrap(), site };
        desk.configure(&source("bao", &desk.site));
        desk
    }

    pub fn configure(&self, sources: &str) {
        let text =
            format!("[server]\nlisten = \"127.0.0.1:0\"\n[fetch]\nhost_gap = \"0s\"\nallow_private = true\n{sources}");
        std::fs::write(self.file(), text).unwrap();
    }

    pub fn file(&self) -> PathBuf {
        self.directory.path().join("feeds.toml")
    }

    pub async fn run(&self, args: &[&str]) -> Output {
        let mut command = bantin(&self.file());
        command.args(args);
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    }

    pub async fn items(&self) -> Vec<Value> {
        let out = self.run(&["feed", "--format", "json", "--limit", "100000"]).await;
        let feed: Value = serde_json::from_slice(&out.stdout).unwrap_or_else(|_| panic!("{out:?}"));
        feed["items"].as_array().unwrap().clone()
    }

    /// Starts the daemon and waits for its address.
    pub async fn daemon(&self, args: &[&str]) -> (Child, String) {
        let mut command = bantin(&self.file());
        command.args(args);
        Self::started(command).await
    }

    /// As [`Desk::daemon`], in what a shell has made of the process before.
    pub async fn daemon_after(&self, shell: &str) -> (Child, String) {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("{shell}; exec \"$@\""), "sh", env!("CARGO_BIN_EXE_bantin"), "--config"]);
        command.arg(self.file()).arg("run").env("NO_COLOR", "1").env_remove("STATE_DIRECTORY");
        Self::started(command).await
    }

    /// Starts a command that becomes the daemon and waits for its address.
    pub async fn started(mut command: Command) -> (Child, String) {
        command.stderr(Stdio::piped()).stdout(Stdio::null());
        tokio::task::spawn_blocking(move || {
            let mut child = command.spawn().unwrap();
            let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
            let address = lines
                .find_map(|line| {
                    line.unwrap().split_once("server.address=").map(|(_, address)| address.trim().to_owned())
                })
                .unwrap();
            std::thread::spawn(move || lines.for_each(drop));
            (child, address)
        })
        .await
        .unwrap()
    }
}

/// Copies a directory and all in it to where nothing is yet.
pub fn copy(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-r").args([from, to]).status().unwrap().success());
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Runs a command and kills it after so long, if it still runs.
pub async fn kill_after(desk: &Desk, args: &[&str], delay: Duration) {
    let mut command = bantin(&desk.file());
    command.args(args).stdout(Stdio::null()).stderr(Stdio::null());
    tokio::task::spawn_blocking(move || {
        let mut child = command.spawn().unwrap();
        std::thread::sleep(delay);
        // It may have ended by itself.
        child.kill().ok();
        child.wait().unwrap();
    })
    .await
    .unwrap();
}

pub fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// Asks until the answer holds `wanted`; the daemon reads its sources in its own time.
pub async fn wait_for(url: &str, wanted: impl Fn(&str) -> bool) -> String {
    for _ in 0..600 {
        if let Ok(answer) = client().get(url).send().await {
            let body = answer.text().await.unwrap();
            if wanted(&body) {
                return body;
            }
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{url} never answered as it should");
}
