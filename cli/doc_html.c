#include <string.h>

#include "cli/doc.h"

/*
 * A document as one page: for a screen, for paper (A4, heads of tables on every sheet), and for ears: one main
 * heading, sections in order, tables with captions and scopes. What colour says, words say too.
 */

enum {
	WHOLE_WORD = 24,
	FEW_ROWS = 12
};

static const char style[] =
	":root{--ink:#1b1f24;--soft:#57606a;--line:#c9d1d9;--band:#f3f5f7;--no:#a40e26}"
	"*{box-sizing:border-box}"
	"body{margin:0 auto;max-width:64rem;padding:1.5rem;color:var(--ink);background:#fff;"
	"font:1rem/1.55 system-ui,\"Noto Sans\",\"Noto Sans CJK SC\",\"PingFang SC\",\"Microsoft "
	"YaHei\",sans-serif}"
	"h1{font-size:1.6rem;line-height:1.25;margin:0 0 1rem}"
	"h2{font-size:1.2rem;margin:2.2rem 0 .6rem;padding-bottom:.2rem;border-bottom:2px solid "
	"var(--ink)}"
	"h3{font-size:1.02rem;margin:1.4rem 0 .4rem}"
	"p{margin:.5rem 0}"
	"nav ul{list-style:none;margin:0 0 1rem;padding:0;display:flex;flex-wrap:wrap;gap:.3rem "
	"1.2rem}"
	"a{color:#0a4f9e}"
	"a:focus-visible,.wide:focus-visible{outline:3px solid #0a4f9e;outline-offset:2px}"
	".wide{overflow-x:auto;margin:.9rem 0 1.2rem}"
	"table{border-collapse:collapse;width:100%;font-size:.9rem}"
	"caption{text-align:left;font-weight:600;padding:0 0 .35rem}"
	"th,td{text-align:left;vertical-align:top;padding:.32rem .6rem;border-bottom:1px solid "
	"var(--line);"
	"overflow-wrap:break-word}"
	"span{white-space:nowrap}"
	"thead th{border-bottom:2px solid var(--ink);background:var(--band);white-space:nowrap}"
	"tbody th{font-weight:500}"
	".n{text-align:right;font-variant-numeric:tabular-nums}"
	"tr.no td:nth-child(2){font-weight:700;color:var(--no)}"
	"dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1.2rem;margin:.6rem 0}"
	"dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}"
	".sign{display:grid;grid-template-columns:1fr 1fr;gap:1.4rem;"
	"margin:1.2rem 0;break-inside:avoid}"
	".sign section{border:1px solid var(--ink);padding:.8rem 1rem 1.2rem}"
	".sign h3{margin:0 0 .4rem}"
	".sign .room{display:flex;gap:.6rem;align-items:flex-end;height:3rem}"
	".sign .room i{flex:1;border-bottom:1px solid var(--ink)}"
	".stamp{grid-column:2;height:9rem;border:1px dashed var(--soft);padding:.5rem "
	".8rem;color:var(--soft)}"
	"@media (max-width:40rem){"
	"body{padding:1rem}dl{grid-template-columns:1fr}dt{margin-top:.4rem}"
	".sign{grid-template-columns:1fr}.stamp{grid-column:1}}"
	"@page{size:A4;margin:16mm 14mm}"
	"@media print{"
	"html{font-size:9.5pt}body{max-width:none;padding:0}"
	"h1{font-size:15pt}h2{font-size:12pt;margin:1.1rem 0 .4rem}"
	"nav{display:none}.wide{overflow:visible}"
	"thead{display:table-header-group}thead th{background:none}"
	"tr,h2,h3,caption,dl,.few{break-inside:avoid}"
	"h2,h3,caption,p:has(+.sign){break-after:avoid}"
	"table{font-size:8.6pt}th,td{padding:.18rem .4rem}"
	"a{color:inherit;text-decoration:none}"
	".sign{gap:.8rem}.sign .room{height:2.3rem}.stamp{height:7rem}}";

struct page {
	FILE *out;
	bool zh;
	unsigned n_tables;
};

static const char *in(const struct page *p, struct say s)
{
	return p->zh ? s.zh : s.en;
}

static void put(const struct page *p, char c)
{
	switch (c) {
	case '&':
		fputs("&amp;", p->out);
		break;
	case '<':
		fputs("&lt;", p->out);
		break;
	case '>':
		fputs("&gt;", p->out);
		break;
	case '"':
		fputs("&quot;", p->out);
		break;
	case '\'':
		fputs("&#39;", p->out);
		break;
	default:
		fputc(c, p->out);
	}
}

static void escaped(const struct page *p, const char *s)
{
	for (; *s != '\0'; s++)
		put(p, *s);
}

/* A word of ASCII: days and ids stay whole, long names may be broken after dots and underscores. */
static void word(const struct page *p, const char *s, size_t len)
{
	bool whole = len <= WHOLE_WORD && memchr(s, '-', len) != NULL;

	if (whole)
		fputs("<span>", p->out);
	for (size_t i = 0; i < len; i++) {
		put(p, s[i]);
		if (!whole && i + 1 < len && strchr("._/", s[i]) != NULL)
			fputs("<wbr>", p->out);
	}
	if (whole)
		fputs("</span>", p->out);
}

static void cell(const struct page *p, const char *tag, const char *extra, const char *s)
{
	fprintf(p->out, "<%s%s>", tag, extra);
	while (*s != '\0') {
		size_t len = 0;

		while (s[len] > ' ' && s[len] < 0x7F)
			len++;
		if (len > 0)
			word(p, s, len);
		else
			put(p, s[len++]);
		s += len;
	}
	fprintf(p->out, "</%s>", tag);
}

static void facts(const struct page *p, const struct doc_block *b)
{
	fputs("<dl>\n", p->out);
	for (const struct doc_row *row = b->first; row != NULL; row = row->next) {
		cell(p, "dt", "", in(p, row->cells[0]));
		cell(p, "dd", "", in(p, row->cells[1]));
		fputc('\n', p->out);
	}
	fputs("</dl>\n", p->out);
}

/* So short that paper shows it whole. */
static bool is_few(const struct doc_block *b)
{
	unsigned n = 0;

	for (const struct doc_row *row = b->first; row != NULL; row = row->next)
		n++;
	return n <= FEW_ROWS;
}

static void table(struct page *p, const struct doc_block *b)
{
	unsigned number = ++p->n_tables;

	fprintf(p->out,
		"<div class=\"wide%s\" role=\"region\" aria-labelledby=\"t%u\" "
		"tabindex=\"0\"><table>",
		is_few(b) ? " few" : "", number);
	fprintf(p->out, "<caption id=\"t%u\">", number);
	escaped(p, in(p, b->text));
	fputs("</caption>\n<thead><tr>", p->out);
	for (unsigned i = 0; i < b->n_columns; i++)
		if (doc_column_used(b, i))
			cell(p, "th",
				b->columns[i].right ? " scope=\"col\" class=\"n\""
						    : " scope=\"col\"",
				in(p, b->columns[i].head));
	fputs("</tr></thead>\n<tbody>\n", p->out);
	for (const struct doc_row *row = b->first; row != NULL; row = row->next) {
		fputs(row->mark ? "<tr class=\"no\">" : "<tr>", p->out);
		for (unsigned i = 0; i < b->n_columns; i++)
			if (doc_column_used(b, i))
				cell(p, i == 0 ? "th" : "td",
					i == 0                ? " scope=\"row\""
					: b->columns[i].right ? " class=\"n\""
							      : "",
					in(p, row->cells[i]));
		fputs("</tr>\n", p->out);
	}
	fputs("</tbody></table></div>\n", p->out);
}

static void signatures(const struct page *p, const struct doc_block *b)
{
	static const struct say rooms[] = { { "name", "姓名" }, { "date", "日期" },
		{ "signature", "签名" } };

	fputs("<div class=\"sign\">\n", p->out);
	for (const struct doc_row *row = b->first; row != NULL; row = row->next) {
		fputs("<section>", p->out);
		cell(p, "h3", "", in(p, row->cells[0]));
		for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++)
			fprintf(p->out, "<div class=\"room\">%s<i></i></div>", in(p, rooms[i]));
		fputs("</section>\n", p->out);
	}
	fprintf(p->out, "<div class=\"stamp\">%s</div>\n</div>\n", p->zh ? "盖章" : "stamp");
}

static void contents(const struct page *p, const struct doc *d)
{
	unsigned n = 0;

	for (const struct doc_block *b = d->first; b != NULL; b = b->next)
		n += b->kind == DOC_HEAD && b->level == 2;
	if (n < 2)
		return;
	fprintf(p->out, "<nav aria-label=\"%s\"><ul>\n", p->zh ? "目录" : "contents");
	for (const struct doc_block *b = d->first; b != NULL; b = b->next) {
		if (b->kind != DOC_HEAD || b->level != 2)
			continue;
		fprintf(p->out, "<li><a href=\"#%s\">", b->id);
		escaped(p, in(p, b->text));
		fputs("</a></li>\n", p->out);
	}
	fputs("</ul></nav>\n", p->out);
}

static void head(const struct page *p, const struct doc_block *b)
{
	if (b->level == 2)
		fprintf(p->out, "<h2 id=\"%s\">", b->id);
	else
		fputs("<h3>", p->out);
	escaped(p, in(p, b->text));
	fputs(b->level == 2 ? "</h2>\n" : "</h3>\n", p->out);
}

static void one(struct page *p, const struct doc_block *b)
{
	switch (b->kind) {
	case DOC_HEAD:
		head(p, b);
		break;
	case DOC_PARA:
		cell(p, "p", "", in(p, b->text));
		fputc('\n', p->out);
		break;
	case DOC_FACTS:
		facts(p, b);
		break;
	case DOC_TABLE:
		table(p, b);
		break;
	case DOC_SIGNATURES:
		signatures(p, b);
		break;
	}
}

void doc_html(const struct doc *d, bool zh, FILE *out)
{
	struct page p = { .out = out, .zh = zh };

	fprintf(out,
		"<!doctype html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		"style-src 'unsafe-inline'\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
		zh ? "zh-CN" : "en");
	escaped(&p, in(&p, d->title));
	fprintf(out, "</title>\n<style>%s</style>\n</head>\n<body>\n<header>", style);
	cell(&p, "h1", "", in(&p, d->title));
	fputs("</header>\n", out);
	contents(&p, d);
	fputs("<main>\n", out);
	for (const struct doc_block *b = d->first; b != NULL; b = b->next)
		one(&p, b);
	fputs("</main>\n</body>\n</html>\n", out);
}
