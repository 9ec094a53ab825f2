//! Damaged stores: found, set aside, and replaced by what can be read of them and the last backup.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bantin::address::identity;
use bantin::model::{Article, ArticleId};
use bantin::store::{Batch, Decision, Incoming, LiveStore, PageState, Store, StoreError};
use serde_json::Value;
use url::Url;

use crate::care::{feeds, stop};
use crate::desk::{Desk, text, wait_for};
use crate::keeping::{batch, keep_at_once, keeper};
use crate::store::{admit, incoming};

/// Overwrites places all over the database with nonsense.
fn damage(store: &Path) {
    use std::os::unix::fs::FileExt;
    let file = std::fs::File::options().write(true).open(store.join("db")).unwrap();
    for place in (500..file.metadata().unwrap().len()).step_by(2_000) {
        file.write_all_at(&[0xa5; 40], place).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_store_is_named_set_aside_and_mended_from_the_last_backup() {
    let desk = Desk::with_stories(40).await;
    let (child, address) = desk.daemon(&["run"]).await;
    wait_for(&format!("http://{address}/feed.json"), |body| body.matches("\"title\": \"Tin số").count() == 40).await;
    let backups = desk.directory.path().join("backups");
    assert!(desk.run(&["backup", backups.to_str().unwrap()]).await.status.success());
    stop(child).await;
    let before = feeds(&desk).await;
    damage(&desk.directory.path().join("data"));

    let refused = desk.run(&["list"]).await;
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("damaged"), "{refused:?}");

    let mended = desk.run(&["fetch"]).await;
    assert!(mended.status.success(), "{mended:?}");
    let said = text(&mended.stderr);
    assert!(said.contains("the last backup and what could be read of it took its place"), "{said}");
    assert!(said.contains("stories.count=40") && said.contains("data.damaged-20"), "{said}");
    assert_eq!(feeds(&desk).await, before, "same guids, same first sight");
    assert!(matches!(&aside(&desk)[..], [one] if one.join("db").exists()), "{:?}", aside(&desk));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_store_without_a_backup_starts_anew_from_the_pages() {
    let desk = Desk::with_stories(5).await;
    assert!(desk.run(&["fetch"]).await.status.success());
    let guids = |items: &[Value]| -> Vec<String> { items.iter().map(|item| item["id"].to_string()).collect() };
    let before = guids(&desk.items().await);
    damage(&desk.directory.path().join("data"));
    let read = desk.run(&["fetch"]).await;
    assert!(text(&read.stderr).contains("set aside; what could be read of it took its place"), "{read:?}");
    assert_eq!(guids(&desk.items().await), before);
}

fn aside(desk: &Desk) -> Vec<PathBuf> {
    let beside = std::fs::read_dir(desk.directory.path()).unwrap().map(|entry| entry.unwrap().path());
    beside.filter(|path| path.to_string_lossy().contains("data.damaged-")).collect()
}

fn snapshots(store: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(store).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("snap.")).collect()
}

/// A store without a backup is damaged in some way that keeps it from opening; all of it can be read all the same.
async fn loses_nothing(damage: impl Fn(&Path)) {
    let desk = Desk::with_stories(40).await;
    assert!(desk.run(&["fetch"]).await.status.success());
    let before = (feeds(&desk).await, text(&desk.run(&["status", "--json"]).await.stdout));
    damage(&desk.directory.path().join("data"));
    let (child, _) = desk.daemon(&["run"]).await;
    stop(child).await;
    let after = (feeds(&desk).await, text(&desk.run(&["status", "--json"]).await.stdout));
    assert!(before == after, "{before:?} and {after:?}");
    assert!(matches!(&aside(&desk)[..], [one] if one.join("db").exists()), "{:?}", aside(&desk));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_with_a_broken_snapshot_loses_nothing() {
    loses_nothing(|store| {
        for snapshot in snapshots(store) {
            std::fs::write(snapshot, [7; 50]).unwrap();
        }
    })
    .await;
}

/// A store of 1,500 articles of one paper, some segments long, opened again since; what it holds.
fn large(path: &Path) -> BTreeMap<ArticleId, Article> {
    let store = LiveStore::open(path).unwrap();
    for batch in 0..15 {
        admit(&store, (batch * 100..(batch + 1) * 100).map(|n| incoming(n, "mot")).collect());
    }
    drop(store);
    let held = held(&LiveStore::open(path).unwrap());
    assert_eq!(held.len(), 1_500);
    let bytes = std::fs::metadata(path.join("db")).unwrap().len();
    assert!(bytes > 3 << 19, "{bytes}");
    held
}

fn held(store: &dyn Store) -> BTreeMap<ArticleId, Article> {
    let mut held = BTreeMap::new();
    let mut visit = |article: Article| {
        held.insert(article.id, article);
        ControlFlow::Continue(())
    };
    store.newest(None, &mut visit).unwrap();
    held
}

/// A closed store's database, which sled's own threads may hold for a moment.
pub fn database(store: &Path) -> sled::Db {
    std::iter::repeat_with(|| sled::open(store)).find_map(Result::ok).unwrap()
}

/// Overwrites every place of a database where an article stands, which is packed.
fn overwrite_article(store: &Path, title: &str) {
    let id = held(&LiveStore::open(store).unwrap()).into_values().find(|article| article.title == title).unwrap().id;
    overwrite_entry(store, |key| key.starts_with(b"a") && key.ends_with(&id.to_bytes()));
}

/// The same of the first entry with such a key.
fn overwrite_entry(store: &Path, is_it: impl Fn(&[u8]) -> bool) {
    let found = entry(store, is_it);
    overwrite(store, found);
}

/// What the first entry with such a key holds.
fn entry(store: &Path, is_it: impl Fn(&[u8]) -> bool) -> sled::IVec {
    let found = database(store).iter().map(Result::unwrap).find(|(key, _)| is_it(key));
    // sled's snapshot is of the last opening; it cannot tell damage behind that from the end of its log.
    drop(database(store));
    found.unwrap().1
}

/// Makes of a store one as format 1 had it: heads and bodies apart, by their articles' ids, and nothing else.
fn as_of_old(store: &Path) {
    let raw = database(store);
    for entry in raw.iter().map(Result::unwrap).collect::<Vec<_>>() {
        let (key, value) = entry;
        raw.remove(&key).unwrap();
        if let Some(id) = key.strip_prefix(b"a") {
            let record = zstd::decode_all(&value[..]).unwrap();
            let (length, rest) = record.split_first_chunk().unwrap();
            let (head, body) = rest.split_at(usize::try_from(u32::from_le_bytes(*length)).unwrap());
            raw.insert([b"a", &id[8..]].concat(), head).unwrap();
            raw.insert([b"b", &id[8..]].concat(), zstd::bulk::compress(body, 3).unwrap()).unwrap();
        }
    }
    raw.insert("v", &1_u32.to_be_bytes()).unwrap();
    drop(raw);
    drop(database(store));
}

/// Overwrites every place of a database where something stands.
fn overwrite(store: &Path, what: impl AsRef<[u8]>) {
    let mut bytes = std::fs::read(store.join("db")).unwrap();
    let places: Vec<usize> = memchr::memmem::find_iter(&bytes, what.as_ref()).collect();
    assert!(!places.is_empty());
    for at in places {
        bytes[at..at + 4].fill(0xa5);
    }
    std::fs::write(store.join("db"), bytes).unwrap();
}

#[test]
fn a_store_whose_file_is_cut_off_has_at_least_what_its_last_backup_has() {
    for cut_bytes in [200 << 10, 600 << 10, 2 << 20] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("data");
        let before = large(&path);
        LiveStore::open(&path).unwrap().back_up().unwrap();
        let file = std::fs::File::options().write(true).open(path.join("db")).unwrap();
        file.set_len(file.metadata().unwrap().len() - cut_bytes).unwrap();
        let now = chrono::DateTime::default();
        let (store, rescue) = LiveStore::open_or_rescue(&path, now).unwrap();
        let rescue = rescue.or_else(|| store.check(now).unwrap());
        // The end of the last segment may be empty.
        assert!(rescue.is_some() || cut_bytes < 512 << 10, "{cut_bytes}");
        assert!(rescue.as_ref().is_none_or(|rescue| rescue.backup && rescue.aside.join("db").exists()), "{rescue:?}");
        assert!(held(&store) == before, "{cut_bytes} bytes cut off: {rescue:?}");
        assert_eq!(store.check(now).unwrap(), None, "the new one is whole");
    }
}

/// A kill at the wrong moment leaves one, and sled takes it for the newest snapshot.
#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_that_was_still_being_written_does_no_harm() {
    let desk = Desk::with_stories(3).await;
    assert!(desk.run(&["fetch"]).await.status.success());
    let before = feeds(&desk).await;
    std::fs::write(desk.directory.path().join("data/snap.FFFFFFFFFFFFFFFF.generating"), [1; 9]).unwrap();
    assert_eq!(feeds(&desk).await, before);
    assert!(aside(&desk).is_empty());
}

#[test]
fn a_store_that_was_closed_and_not_touched_since_is_not_read_through_again() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data");
    let store = LiveStore::open(&path).unwrap();
    assert!(!store.was_closed_well(), "one that was just made never was");
    admit(&store, vec![incoming(1, "mot")]);
    drop(store);
    let store = LiveStore::open(&path).unwrap();
    assert!(store.was_closed_well());
    // What a kill leaves is a store that was not closed.
    std::mem::forget(store);
    std::fs::copy(path.join("db"), directory.path().join("db")).unwrap();
    let elsewhere = directory.path().join("other");
    std::fs::create_dir(&elsewhere).unwrap();
    for entry in std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file()) {
        std::fs::copy(&entry, elsewhere.join(entry.file_name().unwrap())).unwrap();
    }
    std::fs::copy(directory.path().join("data.lock"), directory.path().join("other.lock")).unwrap();
    let opened = || LiveStore::open(&elsewhere).unwrap();
    assert!(!opened().was_closed_well());
    assert!(!opened().was_closed_well(), "who opens it for a look has not read it through");
    assert_eq!(opened().check(chrono::DateTime::default()).unwrap(), None);
    assert!(opened().was_closed_well());
    overwrite_article(&elsewhere, "Tin 1");
    assert!(!LiveStore::open_or_rescue(&elsewhere, chrono::DateTime::default()).unwrap().0.was_closed_well());
}

#[test]
fn what_is_read_of_a_damaged_store_goes_over_its_last_backup_and_what_was_lost_can_come_back() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data");
    large(&path);
    let store = LiveStore::open(&path).unwrap();
    store.back_up().unwrap();
    admit(&store, vec![incoming(2_000, "mot"), incoming(2_001, "hai")]);
    let before = held(&store);
    drop(store);
    drop(LiveStore::open(&path).unwrap());
    overwrite_article(&path, "Tin 700");
    let now = chrono::DateTime::default();
    let (store, rescue) = LiveStore::open_or_rescue(&path, now).unwrap();
    let rescue = rescue.or_else(|| store.check(now).unwrap()).unwrap();
    assert!(rescue.backup && rescue.stories == 1_502, "{rescue:?}");
    assert!((1_400..1_502).contains(&rescue.articles), "{rescue:?}");
    assert_eq!(held(&store), before, "older ones from the backup, newer ones from what could be read");
    drop(store);

    std::fs::remove_file(directory.path().join("data.backup.jsonl.zst")).unwrap();
    drop(LiveStore::open(&path).unwrap());
    overwrite_article(&path, "Tin 900");
    let (store, rescue) = LiveStore::open_or_rescue(&path, now + chrono::TimeDelta::days(1)).unwrap();
    let rescue = rescue.or_else(|| store.check(now + chrono::TimeDelta::days(1)).unwrap()).unwrap();
    assert!(!rescue.backup && (1_400..1_502).contains(&rescue.stories), "{rescue:?}");
    let again = admit(&store, vec![incoming(900, "mot"), incoming(901, "hai")]);
    assert!(matches!(again[..], [Decision::New(_), _]), "a lost article comes back from its page: {again:?}");
}

#[test]
fn a_store_in_whose_use_damage_is_met_is_suspect_until_it_was_checked() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data");
    let before = large(&path);
    let id = before.values().find(|article| article.title == "Tin 700").unwrap().id;
    let packed = entry(&path, |key| key.starts_with(b"a") && key.ends_with(&id.to_bytes()));
    let store = LiveStore::open(&path).unwrap();
    overwrite(&path, &packed);
    assert!(!store.is_suspect());
    let batch = Batch { articles: vec![incoming(2_000, "mot"), incoming(700, "mot")], ..Batch::default() };
    let met = store.admit(&[batch], &|incoming, _| Decision::New(incoming.article.clone()).into());
    assert!(matches!(met, Err(StoreError::Damaged(_))), "{met:?}");
    assert!(store.is_suspect());
    assert_eq!((store.at_address("mot.example/2000").unwrap(), store.len()), (None, 1_500), "nothing of the batch");
    let rescue = store.check(chrono::DateTime::default()).unwrap().unwrap();
    assert!((1_400..1_500).contains(&rescue.articles), "{rescue:?}");
    assert!(!store.is_suspect());
    let again = admit(&store, vec![incoming(700, "mot")]);
    assert!(matches!(again[..], [Decision::New(_)]), "it comes back from its page: {again:?}");
    assert_eq!(store.check(chrono::DateTime::default()).unwrap(), None);
}

#[tokio::test]
async fn what_is_damaged_for_one_pass_is_no_trouble_of_those_that_keep_at_the_same_time() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data");
    let before = large(&path);
    let id = before.values().find(|article| article.title == "Tin 700").unwrap().id;
    let packed = entry(&path, |key| key.starts_with(b"a") && key.ends_with(&id.to_bytes()));
    let store = Arc::new(LiveStore::open(&path).unwrap());
    overwrite(&path, &packed);
    let batches = vec![batch([2_000]), batch([2_001, 700]), batch([2_002])];
    let kept = keep_at_once(&keeper(store.clone()), batches).await;
    assert!(matches!(kept[..], [Ok(_), Err(StoreError::Damaged(_)), Ok(_)]), "{kept:?}");
    let there = [2_000, 2_001, 2_002].map(|n| store.at_address(&format!("mot.example/{n}")).unwrap().is_some());
    assert_eq!(there, [true, false, true]);
    assert!(store.is_suspect());
    drop(store);
    let note = std::fs::read_to_string(directory.path().join("data.lock")).unwrap();
    assert_eq!(note, "", "it is not noted as closed well, so that the next owner looks for the damage");
}

/// A store of 60 articles of one paper, opened again since: one segment, so that every place is its log's end.
fn small(path: &Path) {
    admit(&LiveStore::open(path).unwrap(), (0..60).map(|n| incoming(n, "mot")).collect());
    drop(LiveStore::open(path).unwrap());
    assert!(std::fs::metadata(path.join("db")).unwrap().len() < 512 << 10);
}

/// sled reads the end of its log again at every start, and would not open.
#[test]
fn damage_at_the_end_of_the_log_costs_what_is_damaged_and_no_more() {
    for title in (0..60).step_by(7) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("data");
        small(&path);
        overwrite_article(&path, &format!("Tin {title}"));
        let now = chrono::DateTime::default();
        let (store, rescue) = LiveStore::open_or_rescue(&path, now).unwrap();
        let rescue = rescue.unwrap();
        // A leaf that was written in one batch may hold half of them; all of them were lost.
        assert!((20..60).contains(&rescue.articles), "{rescue:?}");
        assert_eq!(held(&store).len(), rescue.stories);
        assert_eq!(store.check(now).unwrap(), None, "the new one is whole");
    }
}

#[test]
fn damage_to_what_finds_articles_costs_at_most_those_that_stand_beside_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data");
    let before = large(&path);
    overwrite_entry(&path, |key| key.starts_with(b"r"));
    let now = chrono::DateTime::default();
    let (store, rescue) = LiveStore::open_or_rescue(&path, now).unwrap();
    let left = held(&store);
    assert_eq!(rescue.as_ref().unwrap().articles, left.len() as u64, "{rescue:?}");
    // The last articles and the first runs may share a leaf of 16 entries.
    assert!((1_485..=1_500).contains(&left.len()), "{rescue:?}");
    assert!(left.iter().all(|(id, article)| before[id] == *article));
    for decision in admit(&store, before.values().map(|article| incoming(number_of(article), "mot")).collect()) {
        match decision {
            Decision::Unchanged(id) => assert!(left.contains_key(&id)),
            decision => {
                assert!(matches!(&decision, Decision::New(lost) if !left.contains_key(&lost.id)), "{decision:?}");
            }
        }
    }
    assert_eq!(held(&store).len(), 1_500);
}

/// sled may lose the end of a part of its log, and say nothing.
#[test]
fn articles_that_nothing_leads_to_and_those_that_are_not_there_are_found_by_a_check() {
    let now = chrono::DateTime::default();
    for (letter, left) in [("r", 60), ("a", 59)] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("data");
        small(&path);
        let before = held(&LiveStore::open(&path).unwrap());
        let raw = database(&path);
        let (lost, _) = raw.scan_prefix(letter).next().unwrap().unwrap();
        raw.remove(&lost).unwrap();
        drop(raw);
        let store = std::iter::repeat_with(|| LiveStore::open(&path)).find_map(Result::ok).unwrap();
        assert!(held(&store).len() < 60);
        let rescue = store.check(now).unwrap().unwrap();
        assert_eq!((rescue.articles, rescue.stories), (left, usize::try_from(left).unwrap()), "{rescue:?}");
        assert!(held(&store).iter().all(|(id, article)| before[id] == *article));
        assert_eq!(store.check(now).unwrap(), None);
        let back = admit(&store, before.values().map(|article| incoming(number_of(article), "mot")).collect());
        let anew = back.iter().filter(|decision| matches!(decision, Decision::New(_))).count();
        assert_eq!(anew, 60 - usize::try_from(left).unwrap(), "what was lost comes back from its page");
    }
}

fn number_of(article: &Article) -> usize {
    article.title.strip_prefix("Tin ").unwrap().parse().unwrap()
}

#[test]
fn a_damaged_header_of_the_newest_segment_is_found_and_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data");
    small(&path);
    let mut bytes = std::fs::read(path.join("db")).unwrap();
    bytes[..20].fill(0xa5);
    std::fs::write(path.join("db"), bytes).unwrap();
    let (store, rescue) = LiveStore::open_or_rescue(&path, chrono::DateTime::default()).unwrap();
    assert_eq!(rescue.unwrap().articles, 60);
    admit(&store, vec![incoming(60, "mot")]);
    drop(store);
    assert_eq!(held(&LiveStore::open(&path).unwrap()).len(), 61);
}

/// A kill while a damaged store is read leaves it changed, and maybe fit to be opened with gaps that nothing tells of.
#[test]
fn a_rescue_that_broke_off_is_begun_again() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data");
    small(&path);
    std::fs::write(path.join("rescue"), "").unwrap();
    for snapshot in snapshots(&path) {
        std::fs::remove_file(snapshot).unwrap();
    }
    assert!(matches!(LiveStore::open(&path), Err(StoreError::Damaged(_))));
    let (store, rescue) = LiveStore::open_or_rescue(&path, chrono::DateTime::default()).unwrap();
    let rescue = rescue.unwrap();
    assert!(rescue.articles == 60 && rescue.aside.join("rescue").exists(), "{rescue:?}");
    assert_eq!(store.check(chrono::DateTime::default()).unwrap(), None);
    drop(store);
    assert_eq!(held(&LiveStore::open(&path).unwrap()).len(), 60);
}

#[test]
fn a_damaged_leaf_of_pages_of_one_paper_costs_no_page_of_another_leaf() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data");
    let address = |n: usize| Url::parse(&format!("https://mot.example/thoi-su/tin-trong-ngay/{n}.html")).unwrap();
    let page = |n: usize| PageState { etag: Some(format!("\"etag-{n}\"")), ..PageState::default() };
    let store = LiveStore::open(&path).unwrap();
    let articles = (0..300).map(|n| Incoming { identities: vec![identity(&address(n))], ..incoming(n, "mot") });
    admit(&store, articles.collect());
    let pages = (0..300).map(|n| (address(n), page(n))).collect();
    store.admit(&[Batch { pages, ..Batch::default() }], &|_, _| unreachable!()).unwrap();
    drop(store);
    drop(LiveStore::open(&path).unwrap());
    overwrite(&path, "\"etag-150\"");
    let now = chrono::DateTime::default();
    let (store, rescue) = LiveStore::open_or_rescue(&path, now).unwrap();
    let rescue = rescue.or_else(|| store.check(now).unwrap()).unwrap();
    assert_eq!(rescue.articles, 300);
    let lost = (0..300).filter(|n| store.page(&address(*n)).unwrap() != Some(page(*n))).count();
    assert!((1..=40).contains(&lost), "{lost}");
}

#[test]
fn a_damaged_store_of_an_earlier_release_is_read_as_far_as_it_goes() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data");
    large(&path);
    as_of_old(&path);
    overwrite(&path, "Tin 700");
    let now = chrono::DateTime::default();
    let (store, rescue) = LiveStore::open_or_rescue(&path, now).unwrap();
    let rescue = rescue.unwrap();
    assert!(!rescue.backup && (1_400..1_500).contains(&rescue.articles), "{rescue:?}");
    assert_eq!(held(&store).len(), rescue.stories);
}

#[test]
fn a_store_is_written_anew_where_a_rescue_that_broke_off_left_its_own() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data");
    let store = LiveStore::open(&path).unwrap();
    admit(&store, vec![incoming(1, "mot")]);
    let before = held(&store);
    let left = directory.path().join("data.partial");
    admit(&LiveStore::open(&left).unwrap(), vec![incoming(2, "mot")]);
    store.compact().unwrap();
    assert_eq!(held(&store), before);
    assert!(!left.exists());
}

#[test]
fn a_kill_while_a_rescued_store_takes_its_place_keeps_the_damaged_one() {
    for both in [true, false] {
        let directory = tempfile::tempdir().unwrap();
        let place = |name: &str| directory.path().join(name);
        admit(&LiveStore::open(&place("data")).unwrap(), vec![incoming(1, "mot")]);
        admit(&LiveStore::open(&place("other")).unwrap(), vec![incoming(2, "mot")]);
        std::fs::rename(place("other"), place("data.fresh.damaged-20200824T030800Z")).unwrap();
        if !both {
            std::fs::rename(place("data"), place("data.damaged-20200824T030800Z")).unwrap();
        }
        let store = LiveStore::open(&place("data")).unwrap();
        assert_eq!(held(&store).into_values().map(|article| article.title).collect::<Vec<_>>(), ["Tin 2"]);
        drop(store);
        let aside = LiveStore::open(&place("data.damaged-20200824T030800Z")).unwrap();
        assert_eq!(held(&aside).into_values().map(|article| article.title).collect::<Vec<_>>(), ["Tin 1"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_serves_at_once_and_finds_damage_behind_that() {
    let desk = Desk::with_stories(2).await;
    let path = desk.directory.path().join("data");
    let before = large(&path);
    overwrite_article(&path, "Tin 700");
    let (child, address) = desk.daemon(&["run"]).await;
    let feed = format!("http://{address}/feed.json?limit=1000");
    let body = wait_for(&feed, |body| !aside(&desk).is_empty() && body.contains("\"items\"")).await;
    let feed: Value = serde_json::from_str(&body).unwrap();
    let left: Vec<&str> = feed["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect();
    assert!(left.len() > 500, "{}", left.len());
    let known = left.iter().filter(|id| before.keys().any(|known| id.ends_with(&known.to_string()))).count();
    assert!(left.len() - known <= 2, "two were read meanwhile");
    stop(child).await;
    assert_eq!(aside(&desk).len(), 1);
}
