//! Rows of the user's own files, as people write them: `unavailable.csv:7-9`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use load::{Loaded, Place, Places};
use serde_json::Value;
use shared::artifact::{Artifact, ArtifactKey, Header, Kind};
use shared::model::Instance;
use shared::model::campus::{Campus, Weights};

/// So many rows are named of each kind.
const NAMED: usize = 4;

/// Where the rows of an instance stand, if that can still be said.
#[derive(Debug)]
pub(crate) struct Rows {
    pub(crate) places: Places,
    /// What a place in the only file is called by.
    file: String,
    /// Why no rows are known.
    pub(crate) missing: Option<String>,
}

impl Rows {
    /// Reads the instance of a run once more. One that has changed since has other rows, so none are named.
    pub(crate) fn read(run: &Path, sealed: &Instance) -> Self {
        let Some(path) = instance_of(run) else {
            return Self::unknown("the run does not say where its instance lies");
        };
        let weights = sealed.campus().map_or_else(Weights::default, Campus::weights);
        match load::load(&path, weights) {
            Ok(loaded) if is_same(&loaded, &run.join("instance.art")) => {
                let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                Self { places: loaded.places, file, missing: None }
            }
            Ok(_) => Self::unknown(&format!("{} has changed since the run", path.display())),
            Err(_) => Self::unknown(&format!("{} cannot be read any more", path.display())),
        }
    }

    pub(crate) fn unknown(why: &str) -> Self {
        Self { places: Places::default(), file: String::new(), missing: Some(format!("rows are not named: {why}")) }
    }

    /// Some places in words, those that follow one another as one. None where there are none.
    pub(crate) fn told<'p>(&self, places: impl IntoIterator<Item = &'p Place>) -> Vec<String> {
        let mut lines: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        for place in places {
            lines.entry(place.file.unwrap_or(&self.file)).or_default().push(place.line);
        }
        let mut told = Vec::new();
        for (file, mut lines) in lines {
            lines.sort_unstable();
            lines.dedup();
            let runs = lines.chunk_by(|one, next| one + 1 == *next).map(|run| match run {
                [only] => only.to_string(),
                [first, .., last] => format!("{first}-{last}"),
                [] => String::new(),
            });
            let runs: Vec<String> = runs.collect();
            let more = if runs.len() > NAMED { ",…" } else { "" };
            told.push(format!("{file}:{}{more}", runs[..runs.len().min(NAMED)].join(",")));
        }
        told
    }
}

/// Whether an instance says what the sealed one says.
fn is_same(loaded: &Loaded, sealed: &Path) -> bool {
    let again = loaded.tables.artifact(ArtifactKey::default()).to_bytes();
    let again = Artifact::from_bytes(&again, Kind::Instance).map(|artifact| artifact.header().body_sum);
    let before = Header::read(sealed).map(|header| header.body_sum);
    again.is_ok_and(|again| before.is_ok_and(|before| before == again))
}

/// Where the instance of a run lies: as the run was told, or where the folder of the instance's runs says.
fn instance_of(run: &Path) -> Option<PathBuf> {
    let text = fs::read(run.join("result.json")).ok()?;
    let result: Value = serde_json::from_slice(&text).ok()?;
    let named = PathBuf::from(result["instance"].as_str()?);
    let linked = run.canonicalize().ok()?.parent()?.join("instance");
    if named.exists() || !linked.exists() { Some(named) } else { fs::read_link(linked).ok() }
}
