//! The log that the shim writes (format: the head of tests/rigs/powercut/shim.c), as events. What they mean for a disk
//! is in disk_model.rs. Start at [`read`].

use std::path::Path;

/// One thing that happened below the watched folder. Paths are relative to it; "" is the folder itself.
pub enum Event {
    Create {
        path: String,
    },
    Write {
        path: String,
        offset: u64,
        data: Vec<u8>,
    },
    Truncate {
        path: String,
        size: u64,
    },
    Sync {
        path: String,
    },
    /// A name outside the folder is empty: the file came from, or went, elsewhere.
    Rename {
        from: String,
        to: String,
    },
    Remove {
        path: String,
    },
    Link {
        from: String,
        to: String,
    },
    SyncFolder {
        path: String,
    },
    /// A folder was made or removed. Folders themselves are not modelled, only the names of files.
    Folder,
    /// The program wrote to its standard output.
    Mark {
        text: String,
    },
    /// A shared writable mapping was made; what is written through it is not seen.
    Map {
        path: String,
    },
}

impl Event {
    /// For the message of a failed check.
    pub fn describe(&self) -> String {
        match self {
            Self::Create { path } => format!("create {path}"),
            Self::Write { path, offset, data } => format!("write {path} at {offset}, {} bytes", data.len()),
            Self::Truncate { path, size } => format!("truncate {path} to {size}"),
            Self::Sync { path } => format!("sync {path}"),
            Self::Rename { from, to } => format!("rename {from} to {to}"),
            Self::Remove { path } => format!("remove {path}"),
            Self::Link { from, to } => format!("link {from} as {to}"),
            Self::SyncFolder { path } => format!("sync folder /{path}"),
            Self::Folder => "a folder made or removed".to_owned(),
            Self::Mark { text } => format!("the program said {text:?}"),
            Self::Map { path } => format!("map {path}"),
        }
    }
}

/// Reads a log. Panics when it is cut short or of another format: a test must not go on with half a log.
pub fn read(log: &Path) -> Vec<Event> {
    let bytes = std::fs::read(log).expect("the shim wrote a log");
    let mut rest = Reader(&bytes);
    let mut events = Vec::new();
    while !rest.0.is_empty() {
        events.push(rest.event());
    }
    events
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn bytes(&mut self, len: usize) -> &[u8] {
        let (head, tail) = self.0.split_at_checked(len).expect("the log holds whole records");
        self.0 = tail;
        head
    }

    /// `len` is at most 8.
    fn number(&mut self, len: usize) -> u64 {
        self.bytes(len).iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
    }

    fn length(&mut self, len: usize) -> usize {
        usize::try_from(self.number(len)).expect("a length fits into memory")
    }

    fn text(&mut self, len: usize) -> String {
        String::from_utf8_lossy(self.bytes(len)).into_owned()
    }

    fn event(&mut self) -> Event {
        let kind = self.number(1);
        let (path_len, path2_len) = (self.length(4), self.length(4));
        let offset = self.number(8);
        let data_len = self.length(8);
        let (path, to) = (self.text(path_len), self.text(path2_len));
        let data = self.bytes(data_len).to_vec();
        match kind {
            1 => Event::Create { path },
            2 => Event::Write { path, offset, data },
            3 => Event::Truncate { path, size: offset },
            4 => Event::Sync { path },
            5 => Event::Rename { from: path, to },
            6 => Event::Remove { path },
            7 | 8 => Event::Folder,
            9 => Event::Link { from: path, to },
            10 => Event::SyncFolder { path },
            11 => Event::Mark { text: String::from_utf8_lossy(&data).into_owned() },
            12 => Event::Map { path },
            other => panic!("the log holds a record of unknown kind {other}"),
        }
    }
}
