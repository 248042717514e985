#!/bin/sh
# SPDX-License-Identifier: MIT
# preload_rustc.sh - rustc makes the same code with the library as without, and
# the program it makes runs on the library.  A rustc of rustup brings a malloc
# of its own, so the system's comes first.
rustc=
for candidate in /usr/bin/rustc rustc; do
	# Asked before HOME, where rustup looks, becomes another.
	root=$($candidate --print sysroot 2>/dev/null) &&
		[ -x "$root/bin/rustc" ] && rustc=$root/bin/rustc && break
done
. "$(dirname "$0")/lib.sh"
[ -n "$rustc" ] || skip 'rustc is not installed'
need cc

cat >"$tmp/in/program.rs" <<'END_RS'
use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;
use std::sync::{mpsc, Arc, Mutex};
use std::thread;

trait Shape: Debug + Send {
    fn area(&self) -> f64;
}
macro_rules! shapes {
    ($($name:ident $factor:expr),*) => {
        $(#[derive(Debug, Clone)]
        struct $name(f64, Vec<String>);
        impl Shape for $name {
            fn area(&self) -> f64 { self.0 * $factor + self.1.len() as f64 }
        })*
        fn all(n: usize) -> Vec<Box<dyn Shape>> {
            let mut list: Vec<Box<dyn Shape>> = Vec::new();
            for i in 0..n {
                $(list.push(Box::new($name(i as f64, vec![format!("s{}", i); i % 9])));)*
            }
            list
        }
    };
}
shapes!(A 1.0, B 2.0, C 0.5, D 3.25, E 4.0, F 1.5, G 2.5, H 8.0);

#[derive(Debug)]
enum Tree<T: Ord> {
    Leaf,
    Node(Box<Tree<T>>, T, Box<Tree<T>>),
}
impl<T: Ord> Tree<T> {
    fn insert(self, value: T) -> Tree<T> {
        match self {
            Tree::Leaf => Tree::Node(Box::new(Tree::Leaf), value, Box::new(Tree::Leaf)),
            Tree::Node(l, v, r) if value < v => Tree::Node(Box::new(l.insert(value)), v, r),
            Tree::Node(l, v, r) => Tree::Node(l, v, Box::new(r.insert(value))),
        }
    }
    fn depth(&self) -> usize {
        match self {
            Tree::Leaf => 0,
            Tree::Node(l, _, r) => 1 + l.depth().max(r.depth()),
        }
    }
}

fn main() {
    let mut map = BTreeMap::new();
    let mut seed: u64 = 7;
    let mut tree = Tree::Leaf;
    for i in 0..30000u64 {
        seed = seed * 16807 % 2147483647;
        map.entry(seed % 5000).or_insert_with(Vec::new).push(format!("{:x}", i * seed));
        if i < 3000 {
            tree = tree.insert(seed);
        }
    }
    let text: usize = map.values().flatten().map(String::len).sum();
    println!("{} {} {}", map.len(), text, tree.depth());
    let shared = Arc::new(Mutex::new(HashMap::new()));
    let (send, receive) = mpsc::channel::<Box<dyn Shape>>();
    let threads: Vec<_> = (0..6u64)
        .map(|n| {
            let (shared, send) = (Arc::clone(&shared), send.clone());
            thread::spawn(move || {
                for (i, shape) in all(500).into_iter().enumerate() {
                    shared.lock().unwrap().insert((n, i), vec![i as u8; i % 77]);
                    send.send(shape).unwrap();
                }
            })
        })
        .collect();
    drop(send);
    let area: f64 = receive.iter().map(|shape| shape.area()).sum();
    for thread in threads {
        thread.join().unwrap();
    }
    println!("{} {}", area, shared.lock().unwrap().values().map(Vec::len).sum::<usize>());
}
END_RS
echo 'fn main() { let v = vec![1]; drop(v); println!("{:?}", v); }' \
	>"$tmp/in/broken.rs"
case $rustc in
/usr/*) served_by_library "$rustc" --version ;;
*)
	(served_by_library "$rustc" --version) ||
		skip "$rustc brings a malloc of its own"
	;;
esac
for level in 0 2; do
	compare "rustc -O$level makes the same assembler" 300 "$rustc" \
		-C opt-level=$level -C codegen-units=4 --emit=asm \
		"$tmp/in/program.rs"
done
compare 'rustc compiles, links and the program runs' 300 \
	sh -c '"$1" -g -o program "$2" && ./program' \
	sh "$rustc" "$tmp/in/program.rs"
expected_status=1
compare 'rustc reports an error' 60 "$rustc" "$tmp/in/broken.rs"
