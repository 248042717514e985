#!/bin/sh
# SPDX-License-Identifier: MIT
# preload_ffmpeg.sh - ffmpeg makes pictures and sound, packs them with threads
# by several codecs, filters, unpacks: the same bytes each time.
. "$(dirname "$0")/lib.sh"
need ffmpeg ffprobe

cat >"$tmp/in/work.sh" <<'END_SH'
run() {
	ffmpeg -nostdin -hide_banner -loglevel error -y "$@" ||
		echo "failed: $*"
}
# make OUTPUT OPTION...: moving pictures and tones.
make() {
	output=$1
	shift
	run -f lavfi -i testsrc2=size=320x240:rate=25:duration=2 \
		-f lavfi -i 'sine=frequency=440:beep_factor=4:duration=2' \
		-threads 4 -flags +bitexact -fflags +bitexact "$@" "$output"
}
has() {
	ffmpeg -hide_banner -encoders 2>/dev/null | grep -q " $1 "
}
make mpeg4.mkv -c:v mpeg4 -q:v 5 -c:a ac3
make ffv1.mkv -c:v ffv1 -level 3 -slices 12 -c:a flac
# With threads its bytes differ from run to run.
make mjpeg.avi -threads 1 -c:v mjpeg -c:a pcm_s16le
make mpeg2.ts -c:v mpeg2video -bf 2 -c:a mp2
make filtered.mkv -c:v mpeg2video -c:a aac -vf \
	'split[a][b];[a]scale=200:-2,hue=h=t*90,boxblur=3[c];[b][c]overlay=10:10,unsharp,format=yuv420p' \
	-af 'aecho=0.8:0.9:60:0.4,atempo=1.25,aresample=22050'
! has libx264 || make x264.mp4 -c:v libx264 -preset veryfast -c:a aac
! has libvpx-vp9 || make vp9.webm -t 1 -c:v libvpx-vp9 -cpu-used 8 \
	-row-mt 1 -c:a libopus
! has libmp3lame || make sound.mp3 -vn -c:a libmp3lame
for name in *.*; do
	echo "$name"
	run -threads 4 -i "$name" -f framemd5 - | cksum
	ffprobe -v error -show_format -show_streams "$name"
done
run -bitexact -i mpeg4.mkv -vf 'fps=5,scale=160:-1' frame%03d.png
run -bitexact -i frame%03d.png \
	-vf 'split[a][b];[a]palettegen[p];[b][p]paletteuse' out.gif
run -i ffv1.mkv -i mpeg4.mkv -lavfi '[0:v][1:v]psnr=psnr.log' -f null -
printf "file '%s'\n" "$PWD/mpeg4.mkv" "$PWD/mpeg4.mkv" >list
run -f concat -safe 0 -i list -bitexact -c copy joined.mkv
END_SH
normalise 's,@ 0x[0-9a-f]*,@ ADDRESS,g'
served_by_library ffmpeg -version
compare 'ffmpeg: eight codecs, filters, pictures' 600 sh "$tmp/in/work.sh"
if grep '^failed' "$tmp/memalloc.out"; then
	fail 'ffmpeg could not do its work, with the library nor without'
fi
