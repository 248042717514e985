/* SPDX-License-Identifier: MIT */
/*
 * aligned.c - blocks at multiples of more than 16.
 *
 * A small block gets its alignment from its class (Z3); where no class will
 * do, whole slices are aligned anyway, and beyond a slice the arena or the
 * mapping is asked for more.
 */
#include "base.h"

#include <errno.h>

#include <memalloc.h>

#include "alloc.h"
#include "each_call.h"
#include "error.h"
#include "os.h"

/* A block, or NULL with the code in *ERROR and errno as it was. */
static void *
alloc_aligned(size_t alignment, size_t size, const char *function,
              enum memalloc_error *error)
{
	unsigned c = ma_sizeclass_aligned(alignment, size);
	void *p;

	*error = MEMALLOC_ERR_SIZE;
	if (size > MA_SIZE_LIMIT || alignment > MA_SIZE_LIMIT)
		return NULL;
	*error = MEMALLOC_ERR_NO_MEMORY;
	p = c < MA_CLASSES ? ma_alloc_class(c, function) :
		ma_alloc_large(size, alignment, false);
	if (p != NULL && MA_UNLIKELY(ma_option_each_call()))
		ma_each_alloc(p, size, false);
	return p;
}

/* The same for the functions that set errno. */
static void *
alloc_aligned_or_errno(size_t alignment, size_t size, const char *function)
{
	enum memalloc_error error;
	void *p = alloc_aligned(alignment, size, function, &error);

	return p != NULL ? p : ma_error_no_memory(error);
}

MA_EXPORT void *
memalloc_aligned_alloc(size_t alignment, size_t size)
{
	if (!ma_is_power_of_two(alignment))
		return ma_error_invalid(MEMALLOC_ERR_ALIGNMENT);
	return alloc_aligned_or_errno(alignment, size, "aligned_alloc");
}

MA_EXPORT int
memalloc_posix_memalign(void **out, size_t alignment, size_t size)
{
	enum memalloc_error error;
	int saved = errno;
	void *p;

	if (!ma_is_power_of_two(alignment) ||
	    alignment % sizeof(void *) != 0) {
		ma_error_set(MEMALLOC_ERR_ALIGNMENT);
		return EINVAL;
	}
	p = alloc_aligned(alignment, size, "posix_memalign", &error);
	errno = saved;
	if (p == NULL) {
		ma_error_set(error);
		return ENOMEM;
	}
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
	return alloc_aligned_or_errno(alignment, size, "memalign");
}

MA_EXPORT void *
memalloc_valloc(size_t size)
{
	return alloc_aligned_or_errno(ma_os_page_size(), size, "valloc");
}

MA_EXPORT void *
memalloc_pvalloc(size_t size)
{
	size_t page = ma_os_page_size();

	if (size > MA_SIZE_LIMIT - page)
		return ma_error_no_memory(MEMALLOC_ERR_SIZE);
	size = size == 0 ? page : ma_align_up(size, page);
	return alloc_aligned_or_errno(page, size, "pvalloc");
}
