//! Placements: whole timetables, the ledger between waves, and the fragment of one cluster.

use std::path::Path;

use crate::artifact::{Artifact, ArtifactError, ArtifactKey, ArtifactWriter, Column, Kind};
use crate::codec::{Decode, Encode};
use crate::ids::{ClassId, Id, PeriodId, RoomId};
use crate::model::{Cost, Instance};

/// Where a class is taught.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Placement {
    /// When.
    pub period: PeriodId,
    /// Where.
    pub room: RoomId,
}

const UNPLACED: u32 = u32::MAX;

/// What the writer of a timetable says about it; the orchestrator reads it from the header, `audit` and `export` recount it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Claim {
    /// The cost that the search counted.
    pub cost: Cost,
    /// Whether this cost is proven to be the least possible.
    pub optimal: bool,
}

/// All placements of an instance; may be partial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timetable {
    placements: Vec<Option<Placement>>,
}

impl Timetable {
    /// A timetable of `class_count` classes, none of them placed.
    pub fn unplaced(class_count: usize) -> Self {
        Self { placements: vec![None; class_count] }
    }

    /// The placement of a class.
    pub fn get(&self, class: ClassId) -> Option<Placement> {
        self.placements[class.index()]
    }

    /// Places a class, or takes it out.
    pub fn set(&mut self, class: ClassId, placement: Option<Placement>) {
        self.placements[class.index()] = placement;
    }

    /// All placements, by class.
    pub fn placements(&self) -> &[Option<Placement>] {
        &self.placements
    }

    /// How many classes are not placed.
    pub fn unplaced_count(&self) -> usize {
        self.placements.iter().filter(|placement| placement.is_none()).count()
    }

    /// Puts the placements into an artifact.
    pub fn write(&self, writer: &mut ArtifactWriter) {
        let column = |of: fn(Placement) -> u32| -> Vec<u32> {
            self.placements.iter().map(|placement| placement.map_or(UNPLACED, of)).collect()
        };
        writer.column(Column::ClassPeriod, &column(|at| at.period.0));
        writer.column(Column::ClassRoom, &column(|at| at.room.0));
    }

    /// A timetable artifact of `kind` (a draft or a final timetable) that claims `claim`.
    pub fn artifact(&self, kind: Kind, key: ArtifactKey, claim: &Claim) -> ArtifactWriter {
        let mut writer = ArtifactWriter::new(kind, key);
        writer.note(claim);
        self.write(&mut writer);
        writer
    }

    /// Reads the placements of an artifact and checks them against the instance.
    ///
    /// # Errors
    /// When a column is missing or a period or room does not exist.
    pub fn read(artifact: &Artifact, instance: &Instance) -> Result<Self, ArtifactError> {
        let periods: &[u32] = artifact.column(Column::ClassPeriod)?;
        let rooms: &[u32] = artifact.column(Column::ClassRoom)?;
        if periods.len() != instance.class_count() {
            return Err(mismatch(artifact, "it has another number of classes than the instance"));
        }
        Ok(Self { placements: placements(artifact, instance, periods, rooms)? })
    }

    /// Opens the timetable at `path`, whatever artifact holds it: a ledger, a draft or a final timetable.
    ///
    /// # Errors
    /// When the file cannot be read, is damaged or belongs to another instance.
    pub fn open(path: &Path, instance: &Instance) -> Result<Self, ArtifactError> {
        let kind = crate::artifact::Header::read(path)?.kind;
        Self::read(&Artifact::open(path, kind)?, instance)
    }
}

fn mismatch(artifact: &Artifact, why: &str) -> ArtifactError {
    ArtifactError::Damaged { path: artifact.path().to_owned(), why: why.to_owned() }
}

fn placements(
    artifact: &Artifact,
    instance: &Instance,
    periods: &[u32],
    rooms: &[u32],
) -> Result<Vec<Option<Placement>>, ArtifactError> {
    if periods.len() != rooms.len() {
        return Err(mismatch(artifact, "its periods and rooms differ in number"));
    }
    let place = |(&period, &room): (&u32, &u32)| match (period, room) {
        (UNPLACED, UNPLACED) => Ok(None),
        _ if (period as usize) < instance.period_count() && (room as usize) < instance.room_count() => {
            Ok(Some(Placement { period: PeriodId(period), room: RoomId(room) }))
        }
        _ => Err(mismatch(artifact, "it places a class outside of the instance's periods and rooms")),
    };
    periods.iter().zip(rooms).map(place).collect()
}

/// All placements so far, and the leases of the coming wave: which cells each of its jobs may use.
///
/// A cell is a room in a period, numbered `period × rooms + room`. Leases of one wave are disjoint; a lease holds the cells
/// that the job's own classes occupy and a share of the free ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    /// The placements so far.
    pub timetable: Timetable,
    /// One ascending list of cells for each job of the coming wave, in the order of the fan-out table.
    pub leases: Vec<Vec<u32>>,
}

impl Ledger {
    /// A ledger artifact that claims `claim`.
    pub fn artifact(&self, key: ArtifactKey, claim: &Claim) -> ArtifactWriter {
        let mut writer = self.timetable.artifact(Kind::Ledger, key, claim);
        let mut starts = vec![0_u32];
        starts.extend(self.leases.iter().scan(0, |end, lease| {
            *end += lease.len() as u32;
            Some(*end)
        }));
        writer.column(Column::LeaseStarts, &starts).column(Column::LeaseCells, &self.leases.concat());
        writer
    }

    /// Opens the ledger at `path`.
    ///
    /// # Errors
    /// When the file cannot be read, is damaged or belongs to another instance.
    pub fn open(path: &Path, instance: &Instance) -> Result<Self, ArtifactError> {
        let artifact = Artifact::open(path, Kind::Ledger)?;
        let timetable = Timetable::read(&artifact, instance)?;
        let starts: &[u32] = artifact.column(Column::LeaseStarts)?;
        let cells: &[u32] = artifact.column(Column::LeaseCells)?;
        let most = (instance.period_count() * instance.room_count()) as u32;
        let sound = starts.first() == Some(&0)
            && starts.is_sorted()
            && starts.last().is_some_and(|end| *end as usize == cells.len())
            && cells.iter().all(|cell| *cell < most);
        if !sound {
            return Err(mismatch(&artifact, "its leases are damaged"));
        }
        let leases = starts.windows(2).map(|ends| cells[ends[0] as usize..ends[1] as usize].to_vec()).collect();
        Ok(Self { timetable, leases })
    }
}

/// What one job of STAGE2A found: placements of the classes of its cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// The classes with their new placements; `None` where the job could not place one.
    pub placements: Vec<(ClassId, Option<Placement>)>,
}

impl Fragment {
    /// A fragment artifact. The claim's cost is that of the whole timetable with this fragment in place.
    pub fn artifact(&self, key: ArtifactKey, claim: &Claim) -> ArtifactWriter {
        let mut writer = ArtifactWriter::new(Kind::Fragment, key);
        let column = |of: fn(Placement) -> u32| -> Vec<u32> {
            self.placements.iter().map(|(_, placement)| placement.map_or(UNPLACED, of)).collect()
        };
        writer
            .note(claim)
            .column(Column::FragmentClass, &self.placements.iter().map(|(class, _)| *class).collect::<Vec<_>>())
            .column(Column::ClassPeriod, &column(|at| at.period.0))
            .column(Column::ClassRoom, &column(|at| at.room.0));
        writer
    }

    /// Opens the fragment at `path`.
    ///
    /// # Errors
    /// When the file cannot be read, is damaged or belongs to another instance.
    pub fn open(path: &Path, instance: &Instance) -> Result<Self, ArtifactError> {
        let artifact = Artifact::open(path, Kind::Fragment)?;
        let classes: &[ClassId] = artifact.column(Column::FragmentClass)?;
        let placements = placements(
            &artifact,
            instance,
            artifact.column(Column::ClassPeriod)?,
            artifact.column(Column::ClassRoom)?,
        )?;
        if classes.len() != placements.len() || classes.iter().any(|class| class.index() >= instance.class_count()) {
            return Err(mismatch(&artifact, "its classes are damaged"));
        }
        Ok(Self { placements: classes.iter().copied().zip(placements).collect() })
    }
}
