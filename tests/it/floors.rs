//! The plan of the house holds: data goes one way, and the lower floors are pure.

use std::path::{Path, PathBuf};

const FLOORS: [(&str, u8); 29] = [
    ("model", 0),
    ("clock", 0),
    ("date", 1),
    ("text", 1),
    ("address", 1),
    ("places", 1),
    ("parse", 2),
    ("clean", 2),
    ("dedupe", 2),
    ("publish", 2),
    ("cadence", 2),
    ("drift", 2),
    ("fetch", 3),
    ("store", 3),
    ("telemetry", 3),
    ("measure", 3),
    ("systemd", 3),
    ("shutdown", 3),
    ("harvest", 4),
    ("config", 4),
    ("subscribe", 4),
    ("edition", 4),
    ("schedule", 5),
    ("server", 5),
    ("hub", 5),
    ("mirror", 5),
    ("demo", 5),
    ("daemon", 6),
    ("cli", 7),
];

const LINES_MAX: usize = 500;

/// Rooms on floors 0 to 2 know no network, no disk, no clock, no environment and no logging.
const IMPURE: [&str; 9] =
    ["tokio", "reqwest", "sled", "tracing", "std::env", "std::fs", "std::net", "Utc::now", "SystemTime::now"];

fn sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut waiting = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(directory) = waiting.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push((path.clone(), std::fs::read_to_string(path).unwrap()));
            }
        }
    }
    found
}

/// `src/parse/feed.rs` and `src/text.rs` are of the rooms `parse` and `text`.
fn room(path: &Path) -> Option<String> {
    let inside = path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap();
    let first = inside.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
    let name = first.trim_end_matches(".rs").to_owned();
    (!matches!(name.as_str(), "main" | "lib")).then_some(name)
}

fn floor(room: &str) -> u8 {
    FLOORS.iter().find(|(name, _)| *name == room).unwrap_or_else(|| panic!("the room `{room}` is on no floor")).1
}

/// The rooms that a text names after `crate::`.
fn named_rooms(text: &str) -> Vec<String> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let mut rooms = Vec::new();
    for part in code.split("crate::").skip(1) {
        let group = part.strip_prefix('{').map_or(part, |group| &group[..group.find('}').unwrap()]);
        let names = if part.starts_with('{') { group.split(',').collect() } else { vec![group] };
        for name in names {
            let name: String = name.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            rooms.push(name);
        }
    }
    rooms
}

#[test]
fn every_room_uses_lower_floors_only() {
    for (path, text) in sources() {
        let Some(own) = room(&path) else { continue };
        for other in named_rooms(&text) {
            if other != own {
                assert!(floor(&other) < floor(&own), "{}: `{own}` uses `{other}`", path.display());
            }
        }
    }
}

#[test]
fn the_lower_floors_are_pure() {
    for (path, text) in sources() {
        let Some(own) = room(&path).filter(|own| floor(own) <= 2 && own != "clock") else { continue };
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            for word in IMPURE {
                assert!(!line.contains(word), "{}: `{own}` names {word}: {line}", path.display());
            }
        }
    }
}

#[test]
fn no_file_is_too_long_to_read_in_one_go() {
    for (path, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= LINES_MAX, "{} has {lines} lines", path.display());
    }
}
