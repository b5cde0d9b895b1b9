// What a door to the desk must be able to do. Two real ones (http.ts, tauri.ts) and one in memory for
// tests (fake/). Nothing outside this folder knows which one is open.

/** What to ask for when a person chooses a file. `title` and `what` are words for people. */
export interface FileWish {
  title: string
  /** Without dots: ['xlsx', 'xls']. */
  extensions: string[]
}

export interface SaveWish extends FileWish {
  /** File name to begin with, without a folder. */
  suggested: string
}

/** A file on this PC: `path` is what calls take, `name` is what the person knows it by. */
export interface ChosenFile {
  path: string
  name: string
}

export interface Door {
  /** Rejects with a CallError or with whatever broke on the way. */
  call(name: string, request: unknown): Promise<unknown>
  /** Lets the person choose a file to read; null when they changed their mind. */
  chooseFile(wish: FileWish): Promise<ChosenFile | null>
  /** A file the person dropped on the window, if this door can take it. */
  takeFile(file: File): Promise<ChosenFile>
  /** Where a call shall write; null when they changed their mind. */
  chooseTarget(wish: SaveWish): Promise<ChosenFile | null>
  /** Lets the person choose a folder; null when they changed their mind. Only where `native`: a browser names no folders. */
  chooseFolder(title: string): Promise<string | null>
  /** Hands a written file over to the person (a browser downloads it); does nothing where it lies already in place. */
  deliver(file: ChosenFile): Promise<void>
  /** true when `chooseFile`, `chooseTarget` and `chooseFolder` show the system's own dialog and return places the person chose. */
  readonly native: boolean
}
