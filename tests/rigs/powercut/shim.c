/* Stands between a program and its disk, by LD_PRELOAD. Three jobs, each switched on by the environment:
 *
 *   SUANPAN_DISK_DIR       the folder that is watched, an absolute real path; without it nothing is done
 *   SUANPAN_DISK_LOG       record every change under the folder to this file (which lies outside it)
 *   SUANPAN_DISK_BUDGET    a file that holds a number: how many bytes the files of the folder may have;
 *                          growing past it is ENOSPC. Read at each growth, so a test can give space back
 *   SUANPAN_DISK_FSYNC_MS  every fsync and fdatasync takes this much longer
 *
 * The log is a sequence of records (little endian): u8 kind, u32 length of path, u32 length of path2,
 * u64 offset, u64 length of data; then path, path2 (relative to the folder) and data. What a program
 * writes to its standard output is recorded too, as a mark: that is how it says what it has promised.
 *
 * Not seen: system calls made without libc, stdio on the folder, and shared writable mappings. A
 * mapping is recorded by name, so that the replayer can refuse it (SQLite maps only its -shm file, which it rebuilds).
 * The reader of the log is tests/it/support/powercut.rs. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum kind { CREATE = 1, WRITE, TRUNCATE, SYNC, RENAME, UNLINK, MKDIR, RMDIR, LINK, SYNC_DIR, MARK, MAP };

static char folder[PATH_MAX];
static size_t folder_len;
static int log_fd = -1;
static const char *budget_file;
static long fsync_delay_ms;
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

/* REAL(write) is libc's own function of that name. */
#define REAL(name) ((__typeof__(&name))real(#name))

static void *real(const char *name) {
  void *found = dlsym(RTLD_NEXT, name);
  if (!found) abort();
  return found;
}

__attribute__((constructor)) static void start(void) {
  const char *dir = getenv("SUANPAN_DISK_DIR"), *log = getenv("SUANPAN_DISK_LOG");
  const char *delay = getenv("SUANPAN_DISK_FSYNC_MS");
  if (!dir || strlen(dir) >= sizeof folder) return;
  strcpy(folder, dir);
  folder_len = strlen(folder);
  if (log) log_fd = REAL(open)(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log && log_fd < 0) abort();
  /* High, so that programs which close or count low descriptors do not meet it. */
  if (log_fd >= 0) log_fd = fcntl(log_fd, F_DUPFD_CLOEXEC, 900);
  budget_file = getenv("SUANPAN_DISK_BUDGET");
  fsync_delay_ms = delay ? atol(delay) : 0;
}

/* ---- names: which file of the folder is meant ---- */

/* The part of an absolute path below the folder, or NULL. The folder itself is "". */
static const char *below(const char *path) {
  if (!folder_len || strncmp(path, folder, folder_len)) return NULL;
  if (path[folder_len] == 0) return path + folder_len;
  return path[folder_len] == '/' ? path + folder_len + 1 : NULL;
}

static const char *path_of_fd(int fd, char *buffer) {
  char link[64];
  if (!folder_len) return NULL;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(link, buffer, PATH_MAX - 1);
  if (n < 0) return NULL;
  buffer[n] = 0;
  /* An unlinked file cannot be found after a power cut. */
  if (n > 10 && !strcmp(buffer + n - 10, " (deleted)")) return NULL;
  return below(buffer);
}

/* Makes `path` absolute with its parent resolved (the last part may not exist); then as below(). */
static const char *path_at(int dir, const char *path, char *buffer) {
  char joined[PATH_MAX], parent[PATH_MAX];
  if (!folder_len || !path || !*path) return NULL;
  if (path[0] == '/' || dir == AT_FDCWD) {
    snprintf(joined, sizeof joined, "%s", path);
  } else {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", dir);
    ssize_t n = readlink(link, parent, sizeof parent - 1);
    if (n < 0) return NULL;
    parent[n] = 0;
    if ((size_t)snprintf(joined, sizeof joined, "%s/%s", parent, path) >= sizeof joined) return NULL;
  }
  size_t end = strlen(joined);
  while (end > 1 && joined[end - 1] == '/') joined[--end] = 0;
  char *slash = strrchr(joined, '/');
  const char *name = slash ? slash + 1 : joined;
  const char *above = !slash ? "." : slash == joined ? "/" : (*slash = 0, joined);
  if (!realpath(above, parent)) return NULL;
  if ((size_t)snprintf(buffer, PATH_MAX, "%s/%s", parent, name) >= PATH_MAX) return NULL;
  return below(buffer);
}

/* ---- recording ---- */

static void put(void *to, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; i++) ((unsigned char *)to)[i] = (unsigned char)(value >> (8 * i));
}

static void record(enum kind kind, const char *path, const char *path2, uint64_t offset, const void *data, size_t len) {
  if (log_fd < 0) return;
  unsigned char head[25];
  size_t n = path ? strlen(path) : 0, n2 = path2 ? strlen(path2) : 0;
  head[0] = (unsigned char)kind;
  put(head + 1, n, 4);
  put(head + 5, n2, 4);
  put(head + 9, offset, 8);
  put(head + 17, len, 8);
  struct iovec parts[] = {{head, sizeof head}, {(void *)path, n}, {(void *)path2, n2}, {(void *)data, len}};
  /* One call, so that records of two processes never mix. */
  if (REAL(writev)(log_fd, parts, 4) != (ssize_t)(sizeof head + n + n2 + len)) abort();
}

/* The order of the log is the order on the disk: one change at a time while recording. */
static void lock(void) { if (log_fd >= 0) pthread_mutex_lock(&turn); }
static void unlock(void) { if (log_fd >= 0) pthread_mutex_unlock(&turn); }

/* ---- the tiny disk ---- */

static uint64_t bytes_used(const char *dir) {
  uint64_t sum = 0;
  DIR *list = opendir(dir);
  if (!list) return 0;
  for (struct dirent *entry; (entry = readdir(list));) {
    char path[PATH_MAX];
    struct stat info;
    if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
    if ((size_t)snprintf(path, sizeof path, "%s/%s", dir, entry->d_name) >= sizeof path || lstat(path, &info)) continue;
    sum += S_ISDIR(info.st_mode) ? bytes_used(path) : (uint64_t)info.st_size;
  }
  closedir(list);
  return sum;
}

/* How many bytes the file open as `fd` may have at most; its present size when the disk is full. */
static uint64_t largest_size(int fd) {
  char text[32] = "";
  struct stat info;
  if (!budget_file || fstat(fd, &info)) return UINT64_MAX;
  int budget = REAL(open)(budget_file, O_RDONLY | O_CLOEXEC);
  if (budget < 0) abort();
  ssize_t n = read(budget, text, sizeof text - 1);
  close(budget);
  if (n <= 0) abort();
  uint64_t limit = strtoull(text, NULL, 10), used = bytes_used(folder);
  return (uint64_t)info.st_size + (limit > used ? limit - used : 0);
}

/* The length of a write of `len` at `offset` that still fits; 0 with errno set when nothing does. */
static size_t that_fits(int fd, uint64_t offset, size_t len) {
  struct stat info;
  if (!budget_file || (!fstat(fd, &info) && offset + len <= (uint64_t)info.st_size)) return len;
  uint64_t most = largest_size(fd);
  if (offset + len <= most) return len;
  if (offset < most) return (size_t)(most - offset);
  errno = ENOSPC;
  return 0;
}

/* ---- writing ---- */

/* offset -1: at the file's own position. */
static ssize_t write_at(int fd, const void *data, size_t len, off_t offset) {
  char buffer[PATH_MAX];
  const char *path = path_of_fd(fd, buffer);
  if (!path) {
    if (fd == STDOUT_FILENO) record(MARK, NULL, NULL, 0, data, len);
    return offset < 0 ? REAL(write)(fd, data, len) : REAL(pwrite)(fd, data, len, offset);
  }
  lock();
  struct stat info;
  int appends = (fcntl(fd, F_GETFL) & O_APPEND) && !fstat(fd, &info);
  off_t at = appends ? info.st_size : offset < 0 ? lseek(fd, 0, SEEK_CUR) : offset;
  size_t fits = that_fits(fd, (uint64_t)at, len);
  ssize_t done = -1;
  if (fits || !len) done = offset < 0 ? REAL(write)(fd, data, fits) : REAL(pwrite)(fd, data, fits, offset);
  int saved = errno;
  if (done > 0) record(WRITE, path, NULL, (uint64_t)at, data, (size_t)done);
  unlock();
  errno = saved;
  return done;
}

ssize_t write(int fd, const void *data, size_t len) { return write_at(fd, data, len, -1); }
ssize_t pwrite(int fd, const void *data, size_t len, off_t offset) { return write_at(fd, data, len, offset); }
ssize_t pwrite64(int fd, const void *data, size_t len, off64_t offset) { return write_at(fd, data, len, offset); }

static ssize_t write_parts(int fd, const struct iovec *parts, int count, off_t offset) {
  ssize_t sum = 0;
  for (int i = 0; i < count; i++) {
    ssize_t done = write_at(fd, parts[i].iov_base, parts[i].iov_len, offset < 0 ? -1 : offset + sum);
    if (done < 0) return sum ? sum : -1;
    sum += done;
    if ((size_t)done < parts[i].iov_len) break;
  }
  return sum;
}

ssize_t writev(int fd, const struct iovec *parts, int count) { return write_parts(fd, parts, count, -1); }
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) { return write_parts(fd, parts, count, offset); }
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t offset) { return write_parts(fd, parts, count, offset); }

/* Copying inside the kernel would not be seen: say that it cannot be done, callers fall back to read and write. */
ssize_t copy_file_range(int in, off64_t *at_in, int out, off64_t *at_out, size_t len, unsigned flags) {
  char buffer[PATH_MAX];
  if (!path_of_fd(out, buffer)) return REAL(copy_file_range)(in, at_in, out, at_out, len, flags);
  errno = ENOSYS;
  return -1;
}
ssize_t sendfile(int out, int in, off_t *at, size_t len);
ssize_t sendfile(int out, int in, off_t *at, size_t len) {
  char buffer[PATH_MAX];
  if (!path_of_fd(out, buffer)) return REAL(sendfile)(out, in, at, len);
  errno = EINVAL;
  return -1;
}
ssize_t sendfile64(int out, int in, off64_t *at, size_t len) { return sendfile(out, in, at, len); }

int ftruncate(int fd, off_t size) {
  char buffer[PATH_MAX];
  const char *path = path_of_fd(fd, buffer);
  if (!path) return REAL(ftruncate)(fd, size);
  if ((uint64_t)size > largest_size(fd)) {
    errno = ENOSPC;
    return -1;
  }
  lock();
  int result = REAL(ftruncate)(fd, size), saved = errno;
  if (!result) record(TRUNCATE, path, NULL, (uint64_t)size, NULL, 0);
  unlock();
  errno = saved;
  return result;
}
int ftruncate64(int fd, off64_t size) { return ftruncate(fd, size); }

/* Only what it means for the size is modelled: blocks set aside are zeros. */
static int allocate(int fd, off_t offset, off_t len) {
  struct stat info;
  if (fstat(fd, &info)) return -1;
  return offset + len > info.st_size ? ftruncate(fd, offset + len) : 0;
}
int posix_fallocate(int fd, off_t offset, off_t len) {
  char buffer[PATH_MAX];
  if (!path_of_fd(fd, buffer)) return REAL(posix_fallocate)(fd, offset, len);
  return allocate(fd, offset, len) ? errno : 0;
}
int posix_fallocate64(int fd, off64_t offset, off64_t len) { return posix_fallocate(fd, offset, len); }
int fallocate(int fd, int mode, off_t offset, off_t len) {
  char buffer[PATH_MAX];
  if (!path_of_fd(fd, buffer)) return REAL(fallocate)(fd, mode, offset, len);
  if (mode == 0) return allocate(fd, offset, len);
  errno = EOPNOTSUPP;
  return -1;
}
int fallocate64(int fd, int mode, off64_t offset, off64_t len) { return fallocate(fd, mode, offset, len); }

/* ---- syncing ---- */

static int sync_by(int fd, int (*sync)(int)) {
  char buffer[PATH_MAX];
  struct stat info;
  const char *path = path_of_fd(fd, buffer);
  if (!path) return sync(fd);
  if (fsync_delay_ms) {
    struct timespec delay = {fsync_delay_ms / 1000, (fsync_delay_ms % 1000) * 1000000};
    nanosleep(&delay, NULL);
  }
  lock();
  int result = sync(fd), saved = errno;
  if (!result && !fstat(fd, &info)) record(S_ISDIR(info.st_mode) ? SYNC_DIR : SYNC, path, NULL, 0, NULL, 0);
  unlock();
  errno = saved;
  return result;
}

int fsync(int fd) { return sync_by(fd, REAL(fsync)); }
int fdatasync(int fd) { return sync_by(fd, REAL(fdatasync)); }

/* ---- names that come and go ---- */

static int open_by(int dir, const char *path, int flags, mode_t mode) {
  char buffer[PATH_MAX];
  const char *inside = flags & (O_CREAT | O_TRUNC) ? path_at(dir, path, buffer) : NULL;
  if (!inside) return REAL(openat)(dir, path, flags, mode);
  struct stat info;
  lock();
  int existed = !stat(buffer, &info);
  int fd = REAL(openat)(dir, path, flags, mode), saved = errno;
  if (fd >= 0 && !existed) record(CREATE, inside, NULL, 0, NULL, 0);
  if (fd >= 0 && existed && (flags & O_TRUNC) && info.st_size > 0) record(TRUNCATE, inside, NULL, 0, NULL, 0);
  unlock();
  errno = saved;
  return fd;
}

#define MODE_AFTER(flags, mode)                       \
  mode_t mode = 0;                                    \
  if ((flags) & (O_CREAT | __O_TMPFILE)) {            \
    va_list rest;                                     \
    va_start(rest, flags);                            \
    mode = va_arg(rest, mode_t);                      \
    va_end(rest);                                     \
  }

int open(const char *path, int flags, ...) { MODE_AFTER(flags, mode) return open_by(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE_AFTER(flags, mode) return open_by(AT_FDCWD, path, flags, mode); }
int openat(int dir, const char *path, int flags, ...) { MODE_AFTER(flags, mode) return open_by(dir, path, flags, mode); }
int openat64(int dir, const char *path, int flags, ...) { MODE_AFTER(flags, mode) return open_by(dir, path, flags, mode); }
int creat(const char *path, mode_t mode) { return open_by(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode); }
int creat64(const char *path, mode_t mode) { return creat(path, mode); }

/* Does `call` and records it when it went well and one of the names lies in the folder. */
#define NAMED(kind, a, b, call)                                                 \
  do {                                                                          \
    const char *first = (a), *second = (b);                                     \
    lock();                                                                     \
    int result = (call), saved = errno;                                         \
    if (!result && (first || second)) record(kind, first, second, 0, NULL, 0);  \
    unlock();                                                                   \
    errno = saved;                                                              \
    return result;                                                              \
  } while (0)

int renameat2(int dir, const char *from, int dir2, const char *to, unsigned flags) {
  char buffer[PATH_MAX], buffer2[PATH_MAX];
  NAMED(RENAME, path_at(dir, from, buffer), path_at(dir2, to, buffer2), REAL(renameat2)(dir, from, dir2, to, flags));
}
int rename(const char *from, const char *to) { return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0); }
int renameat(int dir, const char *from, int dir2, const char *to) { return renameat2(dir, from, dir2, to, 0); }

int unlinkat(int dir, const char *path, int flags) {
  char buffer[PATH_MAX];
  NAMED(flags & AT_REMOVEDIR ? RMDIR : UNLINK, path_at(dir, path, buffer), NULL, REAL(unlinkat)(dir, path, flags));
}
int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }
int remove(const char *path) {
  struct stat info;
  return !lstat(path, &info) && S_ISDIR(info.st_mode) ? rmdir(path) : unlink(path);
}

int mkdirat(int dir, const char *path, mode_t mode) {
  char buffer[PATH_MAX];
  NAMED(MKDIR, path_at(dir, path, buffer), NULL, REAL(mkdirat)(dir, path, mode));
}
int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }

int linkat(int dir, const char *from, int dir2, const char *to, int flags) {
  char buffer[PATH_MAX], buffer2[PATH_MAX];
  NAMED(LINK, path_at(dir, from, buffer), path_at(dir2, to, buffer2), REAL(linkat)(dir, from, dir2, to, flags));
}
int link(const char *from, const char *to) { return linkat(AT_FDCWD, from, AT_FDCWD, to, 0); }

static void *map_by(void *where, size_t len, int protection, int flags, int fd, off_t offset) {
  char buffer[PATH_MAX];
  void *got = REAL(mmap)(where, len, protection, flags, fd, offset);
  int shared = (flags & MAP_TYPE) == MAP_SHARED || (flags & MAP_TYPE) == MAP_SHARED_VALIDATE;
  const char *path = fd >= 0 && shared && (protection & PROT_WRITE) ? path_of_fd(fd, buffer) : NULL;
  if (path && got != MAP_FAILED) record(MAP, path, NULL, 0, NULL, 0);
  return got;
}
void *mmap(void *where, size_t len, int protection, int flags, int fd, off_t offset) { return map_by(where, len, protection, flags, fd, offset); }
void *mmap64(void *where, size_t len, int protection, int flags, int fd, off64_t offset) { return map_by(where, len, protection, flags, fd, offset); }
