#!/bin/sh
# SPDX-License-Identifier: MIT
# preload_gs.sh - ghostscript renders a generated document to the same pixels.
. "$(dirname "$0")/lib.sh"
need gs

cat >"$tmp/in/page.ps" <<'END'
%!PS-Adobe-3.0
/Helvetica findfont 11 scalefont setfont
1 1 6 {
	/page exch def
	0 1 45 {
		/row exch def
		40 760 row 16 mul sub moveto
		(Page ) show page 10 string cvs show ( row ) show
		row 10 string cvs show
		( The quick brown fox jumps over the lazy dog 0123456789) show
	} for
	0 5 355 {
		/angle exch def
		gsave 300 300 translate angle rotate
		angle 360 div 1 1 sethsbcolor
		0 0 moveto 100 20 200 page 30 mul 250 0 curveto
		page 0.3 mul setlinewidth stroke grestore
	} for
	/dict1 200 dict def
	0 1 199 { dup 20 string cvs cvn exch dict1 3 1 roll put } for
	/pattern [ 0 1 500 { [ exch dup 2 mul ] } for ] def
	showpage
} for
END
gs_run='gs -q -dSAFER -dNOPAUSE -dBATCH'
# shellcheck disable=SC2086 # gs_run is words
{
	served_by_library $gs_run -sDEVICE=nullpage "$tmp/in/page.ps"
	compare 'ghostscript renders six pages in colour' 120 $gs_run \
		-sDEVICE=ppmraw -r72 -sOutputFile=page%d.ppm "$tmp/in/page.ps"
	compare 'ghostscript renders with two threads' 120 $gs_run \
		-sDEVICE=pgmraw -r150 -dNumRenderingThreads=2 \
		-dBandBufferSpace=500000 -sOutputFile=page%d.pgm \
		"$tmp/in/page.ps"
	compare 'ghostscript extracts the text' 60 $gs_run \
		-sDEVICE=txtwrite -sOutputFile=text.txt "$tmp/in/page.ps"
}
