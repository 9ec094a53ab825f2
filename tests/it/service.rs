//! Under a service manager: its notify socket, its listening socket, its signals, its unit files.

use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::desk::{Desk, bantin, signal, text, wait_for};
use crate::harness::client;

/// A manager's end of the notify socket.
struct Manager {
    socket: UnixDatagram,
    heard: String,
}

impl Manager {
    fn at(path: &Path) -> Self {
        let socket = UnixDatagram::bind(path).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        Self { socket, heard: String::new() }
    }

    /// Waits until all words were heard since the last call, and gives all that was.
    #[track_caller]
    fn hear(&mut self, words: &[&str]) -> String {
        while !words.iter().all(|word| self.heard.contains(word)) {
            let mut buffer = [0; 4096];
            let length = self.socket.recv(&mut buffer).unwrap_or_else(|_| panic!("{words:?} after {}", self.heard));
            self.heard.push_str(&text(&buffer[..length]));
            self.heard.push('\n');
        }
        std::mem::take(&mut self.heard)
    }
}

fn ends_well(child: &mut Child) {
    signal(child, "TERM");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_during_a_harvest_is_told_from_beginning_to_end_and_breaks_nothing() {
    let desk = Desk::with_stories(12).await;
    let slow = std::fs::read_to_string(desk.file()).unwrap().replace("host_gap = \"0s\"", "host_gap = \"1s\"");
    std::fs::write(desk.file(), &slow).unwrap();
    let path = desk.directory.path().join("notify");
    let mut manager = Manager::at(&path);
    let mut command = bantin(&desk.file());
    command.arg("run").env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "300000").stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let file = desk.file();
    let told = tokio::task::spawn_blocking(move || {
        manager.hear(&["READY=1", "WATCHDOG=1"]);
        std::fs::write(&file, format!("[site]\ntitle = \"Tên mới\"\n{slow}")).unwrap();
        signal(&child, "HUP");
        let good = manager.hear(&["RELOADING=1", "READY=1", "STATUS=configuration read again: 1 sources"]);
        std::fs::write(&file, "[site]\ntitel = 1\n").unwrap();
        signal(&child, "HUP");
        manager.hear(&["RELOADING=1", "READY=1", "STATUS=the configuration has problems"]);
        manager.hear(&["WATCHDOG=1"]);
        signal(&child, "TERM");
        manager.hear(&["STOPPING=1"]);
        assert_eq!(child.wait().unwrap().code(), Some(0));
        good
    });
    let told = told.await.unwrap();
    let stamp = told.lines().find_map(|line| line.strip_prefix("MONOTONIC_USEC=")).unwrap();
    assert!(stamp.parse::<u64>().unwrap() > 0 && told.find("RELOADING=1") < told.find("READY=1"), "{told}");
}

/// Starts the daemon as systemd does with a socket: as descriptor 3, named by the environment.
fn activated(desk: &Desk, listener: &TcpListener) -> Child {
    let mut command = Command::new("sh");
    command.args(["-c", "exec 3<&0 </dev/null; LISTEN_PID=$$ LISTEN_FDS=1 exec \"$@\"", "sh"]);
    command.arg(env!("CARGO_BIN_EXE_bantin")).arg("--config").arg(desk.file()).arg("run");
    command.env_remove("STATE_DIRECTORY").stdin(OwnedFd::from(listener.try_clone().unwrap())).stderr(Stdio::null());
    command.spawn().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_behind_an_activated_socket_drops_no_connection() {
    let desk = Desk::with_stories(3).await;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let feed = format!("http://{address}/feed.json");
    let mut first = activated(&desk, &listener);
    wait_for(&feed, |body| body.matches("\"title\": \"Tin số").count() == 3).await;
    tokio::task::spawn_blocking(move || ends_well(&mut first)).await.unwrap();
    // Nobody accepts now; the manager's socket keeps who comes.
    let waiting = tokio::spawn(async move { client().get(feed).send().await.unwrap().text().await.unwrap() });
    tokio::task::yield_now().await;
    let mut second = activated(&desk, &listener);
    assert_eq!(waiting.await.unwrap().matches("\"title\": \"Tin số").count(), 3);
    tokio::task::spawn_blocking(move || ends_well(&mut second)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_journal_gets_priorities_and_no_stamps_of_ours() {
    let desk = Desk::with_stories(1).await;
    desk.site.serve("/", 500, &[], "");
    let mut command = bantin(&desk.file());
    command.arg("run").env("JOURNAL_STREAM", "8:1").stderr(Stdio::piped());
    let log = tokio::task::spawn_blocking(move || {
        use std::io::BufRead;
        let mut child = command.spawn().unwrap();
        let mut lines = std::io::BufReader::new(child.stderr.take().unwrap()).lines();
        let mut log = Vec::new();
        while !log.iter().any(|line: &String| line.contains("source.id")) {
            log.push(lines.next().unwrap().unwrap());
        }
        ends_well(&mut child);
        log.extend(lines.map(Result::unwrap));
        log
    });
    let log = log.await.unwrap();
    assert!(log.iter().any(|line| line.starts_with("<6>serving server.address=127.0.0.1:")), "{log:#?}");
    let troubles: Vec<&String> = log.iter().filter(|line| line.contains("answered 500")).collect();
    assert!(
        matches!(troubles[..], [one] if one.starts_with("<4>source read with trouble source.id=\"bao\"")),
        "{log:#?}"
    );
    assert_eq!(log.last().unwrap(), "<6>stopped");
}

#[test]
fn the_units_say_what_the_program_does() {
    let unit = include_str!("../../systemd/bantin.service");
    for line in ["Type=notify-reload", "DynamicUser=yes", "StateDirectory=bantin", "RestartPreventExitStatus=78"] {
        assert!(unit.lines().any(|own| own == line), "{line}");
    }
    assert!(include_str!("../../systemd/bantin.socket").contains("ListenStream=127.0.0.1:8080"));
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/systemd/bantin.service");
    let Ok(out) = Command::new("systemd-analyze").args(["security", "--offline=true", file]).output() else {
        eprintln!("systemd-analyze is not on this machine: the exposure was NOT measured");
        return;
    };
    let said = text(&out.stdout);
    let level =
        said.lines().find_map(|line| line.split_once("bantin.service: ")).unwrap_or_else(|| panic!("{out:?}")).1;
    let level: f64 = level.split(' ').next().unwrap().parse().unwrap();
    assert!(level <= 1.5, "the exposure is {level}");
}
