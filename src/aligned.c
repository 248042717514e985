/* SPDX-License-Identifier: MIT */
/*
 * aligned.c - blocks at multiples of more than 16.
 *
 * A small block gets its alignment from its class (Z3, Z4); where no class will
 * do, whole slices are aligned anyway, and beyond a slice the arena or the
 * mapping is asked for more.
 */
#include "base.h"

#include <errno.h>

#include <memalloc.h>

#include "alloc.h"
#include "error.h"
#include "os.h"

MA_EXPORT void *
memalloc_aligned_alloc(size_t alignment, size_t size)
{
	if (!ma_is_power_of_two(alignment))
		return ma_error_invalid(MEMALLOC_ERR_ALIGNMENT);
	return ma_alloc_aligned(alignment, size, "aligned_alloc");
}

MA_EXPORT int
memalloc_posix_memalign(void **out, size_t alignment, size_t size)
{
	int saved = errno;
	void *p;

	if (!ma_is_power_of_two(alignment) ||
	    alignment % sizeof(void *) != 0) {
		ma_error_set(MEMALLOC_ERR_ALIGNMENT);
		return EINVAL;
	}
	p = ma_alloc_aligned(alignment, size, "posix_memalign");
	errno = saved;
	if (p == NULL)
		return ENOMEM;
	*out = p;
	return 0;
}

MA_EXPORT void *
memalloc_memalign(size_t alignment, size_t size)
{
	if (alignment > SIZE_MAX / 2 + 1)
		return ma_error_invalid(MEMALLOC_ERR_ALIGNMENT);
	if (!ma_is_power_of_two(alignment)) {
		size_t rounded = 1;

		while (rounded < alignment)
			rounded *= 2;
		alignment = rounded;
	}
	return ma_alloc_aligned(alignment, size, "memalign");
}

MA_EXPORT void *
memalloc_valloc(size_t size)
{
	return ma_alloc_any(size, ma_os_page_size(), false, "valloc");
}

MA_EXPORT void *
memalloc_pvalloc(size_t size)
{
	size_t page = ma_os_page_size();

	if (size > MA_SIZE_LIMIT - page)
		return ma_error_no_memory(MEMALLOC_ERR_SIZE);
	size = size == 0 ? page : ma_align_up(size, page);
	return ma_alloc_any(size, page, false, "pvalloc");
}
