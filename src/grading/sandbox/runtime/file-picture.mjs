/**
 * Takes a picture of Emscripten's in-memory file system and hands back a function that restores it: the tree
 * with every file's bytes and stamps, open files, the working folder, the counters that a program could read.
 *
 * Plain JavaScript: it runs in a child process, from src as well as from dist.
 */

/** Fields of a node that reading, writing or replacing it can change. */
const nodeFields = ['mode', 'rdev', 'atime', 'mtime', 'ctime', 'usedBytes', 'link', 'name', 'parent'];

export function takeFilePicture(FS) {
  const nodes = [];
  const seen = new Set();
  const visit = (node) => {
    if (seen.has(node)) return;
    seen.add(node);
    const fields = Object.fromEntries(nodeFields.filter((key) => key in node).map((key) => [key, node[key]]));
    const isFolder = FS.isDir(node.mode) && node.contents !== undefined;
    const children = isFolder ? Object.entries(node.contents) : null;
    nodes.push({ node, fields, children, contents: isFolder ? null : node.contents });
    for (const [, child] of children ?? []) visit(child);
  };
  visit(FS.root);
  const streams = FS.streams.map((stream) => stream && pictureOfStream(stream));
  const { nextInode, currentPath } = FS;

  return () => {
    closeStreams(FS, streams);
    for (const { node, fields, children, contents } of nodes) {
      if (children !== null) restoreFolder(FS, node, children);
      else node.contents = contents;
      Object.assign(node, fields);
    }
    FS.nextInode = nextInode;
    FS.currentPath = currentPath;
  };
}

function pictureOfStream(stream) {
  const { fd, flags, position, node, stream_ops } = stream;
  return { stream, fields: { fd, flags, position, node, stream_ops } };
}

function closeStreams(FS, streams) {
  for (const [fd, now] of FS.streams.entries()) {
    if (now && now !== streams[fd]?.stream) FS.close(now);
  }
  FS.streams.length = streams.length;
  for (const [fd, before] of streams.entries()) {
    FS.streams[fd] = before ? Object.assign(before.stream, before.fields) : null;
  }
}

function restoreFolder(FS, folder, children) {
  const known = new Map(children);
  for (const [name, child] of Object.entries(folder.contents)) {
    if (known.get(name) === child) continue;
    forget(FS, child);
    delete folder.contents[name];
  }
  if (Object.keys(folder.contents).length === children.length) return;
  for (const [name, child] of children) {
    if (folder.contents[name] === child) continue;
    folder.contents[name] = child;
    FS.hashAddNode(child);
  }
}

/** Out of the table by which names are looked up, with all below it. */
function forget(FS, node) {
  if (FS.isDir(node.mode)) for (const child of Object.values(node.contents ?? {})) forget(FS, child);
  FS.hashRemoveNode(node);
}
