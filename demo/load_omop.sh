#!/usr/bin/env bash
# load_omop.sh FOLDER[:FOLDER...] [SLICE OF] - loads OMOP CDM 5.3 or 5.4 files into the database that the usual
# PG* variables name: makes the tables of omop.sql, fills them, makes the indexes.
#
# A file is TABLE.csv or TABLE.csv.gz with a header line; columns in any order, unknown ones ignored, missing
# ones left empty; comma or (as the vocabulary service writes them) tab. Where two folders have a table, the
# first folder's counts. With SLICE and OF, only that part (0 to OF-1) of the patients is kept, chosen by
# a hash of person_id; the vocabulary is kept whole. Notes on the data go to standard output as `note: ...`.
# All or nothing: one transaction.
#
# shellcheck disable=SC1111,SC2015 # Chinese quotation marks; `test || fail` is meant
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=demo/say.sh
. "$here/say.sh"
psql=${PSQL:-psql}

[ $# -eq 1 ] || [ $# -eq 3 ] || fail 2 "usage: load_omop.sh FOLDER[:FOLDER...] [SLICE OF]" \
	"用法：load_omop.sh 文件夹[:文件夹...] [片号 片数]"
folders=$1 slice=${2:-0} of=${3:-1}
[[ $slice =~ ^[0-9]{1,6}$ && $of =~ ^[0-9]{1,6}$ ]] && ((10#$slice < 10#$of)) ||
	fail 2 "the slice must be a number from 0 to below the number of slices, not '$slice' of '$of'" \
		"片号必须是从 0 到片数减 1 的整数，而不是“$slice/$of”"

# What is loaded: tables that questions can use, in this order. Notes, costs and the like stay where they are.
tables=(person observation_period visit_occurrence visit_detail condition_occurrence drug_exposure
	procedure_occurrence device_exposure measurement observation death specimen condition_era drug_era
	dose_era episode episode_event care_site provider location concept concept_ancestor concept_relationship vocabulary domain
	concept_class relationship cdm_source opt_out)
# Names that 5.3 used for columns of 5.4.
declare -A renamed=([admitting_source_concept_id]=admitted_from_concept_id
	[admitting_source_value]=admitted_from_source_value [discharge_to_concept_id]=discharged_to_concept_id
	[discharge_to_source_value]=discharged_to_source_value [visit_detail_parent_id]=parent_visit_detail_id)
declare -A file=() headers=() commas=()

note()
{
	printf 'note: '
	say "$1" "$2"
}

# The folders with a person file below this one, to help with a path that is one level too high.
nearby()
{
	find -L "$1" -maxdepth 3 -iname 'person.csv*' -printf '%h\n' 2>/dev/null | sort -u | head -n 5 | paste -sd ' '
}

find_files()
{
	local folder path name table seen hint

	IFS=: read -r -a list <<<"$folders"
	for folder in "${list[@]}"; do
		[ -d "$folder" ] || fail 1 "'$folder' is not a folder; OMOP= takes a folder with OMOP CSV files" \
			"“$folder”不是文件夹；OMOP= 需要一个包含 OMOP CSV 文件的文件夹"
		[ -r "$folder" ] && [ -x "$folder" ] || fail 1 "folder '$folder' cannot be read by $(id -un); give it the rights" \
			"用户 $(id -un) 无法读取文件夹“$folder”，请授予读取权限"
		seen=''
		for path in "$folder"/*; do
			name=${path##*/}
			table=${name,,}
			table=${table%.gz}
			[ "${table%.csv}" != "$table" ] || continue
			table=${table%.csv}
			[[ " ${tables[*]} " == *" $table "* ]] || continue
			seen=1
			if [ -n "${file[$table]:-}" ]; then
				note "$path is left out: ${file[$table]} comes first" "未读取 $path：以 ${file[$table]} 为准"
			else
				file[$table]=$path
			fi
		done
		[ -n "$seen" ] && continue
		hint=$(nearby "$folder")
		fail 1 "there is no OMOP file such as person.csv or person.csv.gz in '$folder'${hint:+; did you mean one of: $hint?}" \
			"文件夹“$folder”中没有 person.csv 或 person.csv.gz 之类的 OMOP 文件${hint:+；是否应为：$hint}"
	done
	[ -n "${file[person]:-}" ] || fail 1 "person.csv (or person.csv.gz) is missing in '$folders'; without patients nothing can be counted" \
		"“$folders”中缺少 person.csv（或 person.csv.gz）；没有患者就无法计数"
}

damaged()
{
	local problem

	problem=$(sed -n 's/.*gzip: stdin: //p' "$work/err" | head -n 1)
	fail 1 "file '$1' is damaged ($problem); copy it again from its source" \
		"文件“$1”已损坏（$problem），请从来源重新复制"
}

# read_header TABLE: the first line, as column names parted by blanks, and the separator.
read_header()
{
	local table=$1 path=${file[$1]} line comma=','

	[ -f "$path" ] && [ -r "$path" ] || fail 1 "file '$path' cannot be read by $(id -un); give it the rights" \
		"用户 $(id -un) 无法读取文件“$path”，请授予读取权限"
	ln -s "$(realpath -- "$path")" "$work/$table"
	line=$( (gzip -cdf <"$path" | head -n 1 | tr -d '\r\000') 2>"$work/err" || true)
	[ ! -s "$work/err" ] || damaged "$path"
	line=${line#$'\xef\xbb\xbf'}
	line=${line,,}
	[[ $line == *,* || $line != *$'\t'* ]] || comma=$'\t'
	commas[$table]=$comma
	line=${line//\"/}
	line=${line// /}
	line=${line//"$comma"/ }
	[[ " $line " =~ [\ _]id\ |\ (cdm_source_name)\  ]] || fail 1 \
		"file '$path' does not begin with a line of OMOP column names but with '${line:0:60}'" \
		"文件“$path”的首行不是 OMOP 列名，而是“${line:0:60}”"
	headers[$table]=$line
}

# The psql script that loads one table. A \copy must be one line.
load_table()
{
	local table=$1 schema=cdm i=0 stage='' known='' name column type target delimiter='' where=true
	local -A used=()

	[ "$table" != opt_out ] || schema=research
	[ "${commas[$table]}" = , ] || delimiter=", delimiter E'\\t', quote E'\\b'"
	for name in ${headers[$table]}; do
		i=$((i + 1))
		stage+=",c$i"
		column=${renamed[$name]:-$name}
		type=${types[$table.$column]:-}
		[ -n "$type" ] || continue
		[ -z "${used[$column]:-}" ] || fail 1 "file '${file[$table]}' has column '$name' twice; remove one" \
			"文件“${file[$table]}”中列“$name”出现两次，请删除其一"
		used[$column]=c$i
		known+=",\"$column\""
		target+=",$(cast "$type" "c$i")"
	done
	for column in ${required[$table]:-}; do
		[ -n "${used[$column]:-}" ] || fail 1 "file '${file[$table]}' has no column '$column'; add it" \
			"文件“${file[$table]}”缺少列“$column”，请补上"
	done
	stage=${stage#,}
	[ -z "${used[person_id]:-}" ] || [ "$of" -eq 1 ] ||
		where="(hashint8($(cast bigint "${used[person_id]}")) & 2147483647) % $of = $slice"
	printf '\\echo @table %s\n' "$table"
	printf 'create temp table stage (%s text);\n' "${stage//,/ text, }"
	printf '%s\n' "\\copy stage from program 'gzip -cdf < $table' with (format csv, header true, force_null ($stage)$delimiter)"
	printf '\\echo @cast %s\n' "$table"
	printf 'insert into %s.%s (%s) select %s from stage where %s;\n' "$schema" "$table" "${known#,}" \
		"${target#,}" "$where"
	printf 'drop table stage;\n'
}

# What a text becomes. R writes NA, others NULL or \N, for nothing; some write 8507.0 for 8507.
cast()
{
	local clean="case when $2 in ('NA', 'NULL', '\\N', 'NaN', 'nan', 'None') then null else btrim($2) end"

	case $1 in
	text) printf '%s' "$2" ;;
	integer | bigint) printf '(case when %s like '\''%%.0'\'' then left(%s, -2) else %s end)::%s' "$2" "$2" "$clean" "$1" ;;
	*) printf '(%s)::%s' "$clean" "$1" ;;
	esac
}

# Explains an error of the database: which file, which row, which column, what to do.
explain()
{
	local table value found text
	table=$(sed -n 's/^@[a-z]* //p' "$work/out" | tail -n 1)
	text=$(sed -n 's/^psql:.*: ERROR:  //p; s/^ERROR:  //p' "$work/err" | head -n 1)
	if [ -z "${file[$table]:-}" ]; then
		fail 1 "the database did not take the data: $(tail -n 3 "$work/err")" "数据库未接受数据：$(tail -n 3 "$work/err")"
	fi
	! grep -q '^gzip: ' "$work/err" || damaged "${file[$table]}"
	if [[ $text =~ ^(invalid\ input\ syntax|date/time\ field|value\ )[^\"]*\"(.*)\" ]]; then
		value=${BASH_REMATCH[2]}
		found=$(locate "$table" "$value" || true)
		fail 1 "file '${file[$table]}'${found:+, row ${found%% *}, column ${found#* }}: $text; mend the value, or leave the field empty" \
			"文件“${file[$table]}”${found:+第 ${found%% *} 行、列 ${found#* }}：$text；请改正该值，或将其留空"
	fi
	fail 1 "file '${file[$table]}': ${text:-$(tail -n 2 "$work/err")}$(sed -n 's/^CONTEXT:  COPY stage, \(line [0-9]*\).*/ (\1)/p' "$work/err" | head -n 1); mend the file" \
		"文件“${file[$table]}”：${text:-$(tail -n 2 "$work/err")}$(sed -n 's/^CONTEXT:  COPY stage, line \([0-9]*\).*/（第 \1 行）/p' "$work/err" | head -n 1)；请改正该文件"
}

# locate TABLE VALUE: "row column" of the first place where the value stands in a column that is not text.
locate()
{
	local name i=0 stage='' checks='' type

	for name in ${headers[$1]}; do
		i=$((i + 1))
		stage+=",c$i"
		type=${types[$1.${renamed[$name]:-$name}]:-text}
		[ "$type" = text ] || checks+=",('$name', c$i)"
	done
	stage=${stage#,}
	{
		printf 'create temp table stage (line bigserial, %s text);\n' "${stage//,/ text, }"
		printf '%s\n' "\\copy stage ($stage) from program 'gzip -cdf < $1' with (format csv, header true$([ "${commas[$1]}" = , ] || printf "%s" ", delimiter E'\\t', quote E'\\b'"))"
		printf 'select line, name from stage, lateral (values %s) v(name, value) where btrim(value) = :'\''value'\'' order by line limit 1;\n' \
			"${checks#,}"
	} >"$work/locate.sql"
	run -At -F ' ' -v value="$2" -f locate.sql 2>/dev/null
}

run()
{
	(cd "$work" && PGCLIENTENCODING=UTF8 PGOPTIONS='-c client_min_messages=warning -c datestyle=ISO,YMD' \
		"$psql" -X -q -v ON_ERROR_STOP=1 "$@")
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
find_files
for table in "${tables[@]}"; do
	[ -z "${file[$table]:-}" ] || read_header "$table"
done

# Types and required columns come from omop.sql itself.
declare -A types=() required=()
while read -r table column type must; do
	column=${column//\"/}
	types[$table.$column]=$type
	[ -z "$must" ] || required[$table]+=" $column"
done < <(awk '/^create table/ { sub(/.*\./, "", $3); t = $3; next }
	/^\t/ { sub(/^\t/, ""); n = split($0, item, /, */)
		for (i = 1; i <= n; i++) if (item[i] != "") { split(item[i], w, " "); print t, w[1], w[2], w[3] } }' "$here/omop.sql")

{
	for table in "${tables[@]}"; do
		[ -z "${file[$table]:-}" ] || load_table "$table"
	done
	if [ -z "${file[concept_ancestor]:-}" ]; then
		cat <<'SQL'
\echo @ancestor
insert into cdm.concept_ancestor select c, c, 0, 0 from (
	select condition_concept_id as c from cdm.condition_occurrence union select drug_concept_id from cdm.drug_exposure
	union select procedure_concept_id from cdm.procedure_occurrence
	union select measurement_concept_id from cdm.measurement
	union select observation_concept_id from cdm.observation union select device_concept_id from cdm.device_exposure
	union select visit_concept_id from cdm.visit_occurrence union select concept_id from cdm.concept) used
where c > 0;
SQL
	fi
} >"$work/load.sql"
cp "$here/omop.sql" "$here/omop-index.sql" "$work/"

run -1 -f omop.sql -f load.sql -c '\echo @index -' -f omop-index.sql >"$work/out" 2>"$work/err" || explain
run -c 'set default_statistics_target = 40' -c 'vacuum (analyze)'

[ -n "${file[concept_ancestor]:-}" ] || note \
	"there is no concept_ancestor file: codes with descendants (201826+) count only the code itself" \
	"没有 concept_ancestor 文件：带后代的代码（如 201826+）只按代码本身计数"
[ -n "${file[concept]:-}" ] || note "there is no concept file: codes will have no names" \
	"没有 concept 文件：代码将没有名称"
while IFS=' ' read -r table early late; do
	((early == 0)) || note "$table: $early rows begin before 1900" "$table：有 $early 行的日期早于 1900 年"
	((late == 0)) || note "$table: $late rows begin after today" "$table：有 $late 行的日期晚于今天"
done < <(for pair in visit_occurrence:visit_start_date condition_occurrence:condition_start_date \
	drug_exposure:drug_exposure_start_date procedure_occurrence:procedure_date measurement:measurement_date \
	observation:observation_date death:death_date; do
	[ -z "${file[${pair%:*}]:-}" ] || printf "select '%s', count(*) filter (where %s < '1900-01-01'), count(*) filter (where %s > current_date) from cdm.%s;\n" \
		"${pair%:*}" "${pair#*:}" "${pair#*:}" "${pair%:*}"
done | run -At -F ' ')
