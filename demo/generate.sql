-- generate.sql - a believable hospital population in the OMOP tables of omop.sql, made inside PostgreSQL.
--
--   psql -1 -v patients=20000 -v seed=1 -v site=renmin -f omop.sql -f generate.sql -f omop-index.sql
--
-- The same three values give the same rows: every draw is a hash of (site, seed, person, purpose), and only
-- exactly rounded arithmetic is used. Nobody here is real. Hospitals differ in age structure and in how
-- common diabetes, hypertension, lung disease and cancer are.
--
-- How: a person gets an age and a sex, then for each disease the age at which it begins, if it does. That
-- age comes from how common the disease is at each age, given what the person already has, so that diseases
-- grow with age and come together as they do in clinics. A person then visits the hospital from a first
-- day on; a disease enters the record at the first visit after it began, its drugs follow it, and
-- measurements follow both.
--
-- Days are counted from 2012-01-01; the record ends on 2026-09-30, day 5386. A visit of a person is a
-- number k = 0, 1, ...; what happens at a visit carries its k and takes its day.
\if :{?patients} \else \set patients 20000 \endif
\if :{?seed} \else \set seed 1 \endif
\if :{?site} \else \set site renmin \endif
set work_mem = '256MB';
set temp_buffers = '64MB';
set synchronize_seqscans = off;
set max_parallel_workers_per_gather = 0;
set client_min_messages = warning;

create schema gen;
-- Number i (0..3) of the four uniform draws in one hash, 0 <= u < 1.
create function gen.u(h int8, i int) returns float8 language sql immutable as
	$$ select ((h >> (16 * i)) & 65535)::float8 / 65536 $$;
-- Draw number i (0..15), 0..15, of another hash.
create function gen.d16(h int8, i int) returns int language sql immutable as
	$$ select ((h >> (4 * i)) & 15)::int $$;
create function gen.f(b bool, x float8) returns float8 language sql immutable as
	$$ select case when b then x else 1::float8 end $$;
-- The age at which a disease began, or null: it begins between a0 and a1, evenly, in a share p of people
-- (r = u / p), and only what began before `age` counts. `late` is the same with a rising rate.
create function gen.grows(r float8, a0 int, a1 int, age float8) returns float8
	language sql immutable as
	$$ select case when r < least(1::float8, (age - a0) / (a1 - a0)) then a0 + (a1 - a0) * r end $$;
create function gen.late(r float8, a0 int, a1 int, age float8) returns float8
	language sql immutable as
	$$ select case when sqrt(r) < least(1::float8, (age - a0) / (a1 - a0))
		then a0 + (a1 - a0) * sqrt(r) end $$;
-- The day of visit k of n.
create function gen.day(first int, last int, n int, id int8, k int, key int8) returns int
	language sql immutable as
	$$ select first + (last - first) * (64 * k
		+ case when k = 0 then 0 else (hashint8extended(id * 32 + k, key) & 63)::int end) / (64 * n) $$;
-- The first visit on or after the day a disease began, counted by the slots that visits lie in; null when
-- it began after the last.
create function gen.visit(onset float8, born int, first int, last int, n int) returns int
	language sql immutable as
	$$ select case when onset is not null
			and (n - 1) * (last - first)::float8 >= n * (born + onset * 365.25::float8 - first)
		then greatest(0, ceil(n * (born + onset * 365.25::float8 - first)
			/ greatest(1, last - first)))::int end $$;

-- What makes this hospital different.
select hashtextextended(:'site', :seed) as key \gset
select (:key & 255) / 160.0 - 0.8 as tilt,
	0.85 + (:key >> 8 & 255) / 850.0 as dm,
	0.85 + (:key >> 16 & 255) / 850.0 as htn,
	0.70 + (:key >> 24 & 255) / 425.0 as lung,
	0.70 + (:key >> 32 & 255) / 365.0 as cancer,
	0.47 + (:key >> 40 & 255) / 3640.0 as men \gset

-- Age pyramids as 1024 equally likely ages each. Hospitals see few children, women at the age of giving
-- birth, and above all people over fifty.
with decade(d, men, women) as (values (0, 6.0, 4.5), (1, 4.0, 3.5), (2, 6.5, 11.0), (3, 9.0, 15.0),
	(4, 13.0, 12.0), (5, 20.0, 17.0), (6, 20.0, 16.5), (7, 14.0, 12.0), (8, 6.3, 6.8), (9, 1.2, 1.7)),
side as (select d, v.sex, v.w * (1 + :tilt * (d - 4.5) / 9) as w
	from decade, lateral (values ('men', men), ('women', women)) v(sex, w)),
edge as (select d, sex, w, sum(w) over (partition by sex order by d) as upto,
	sum(w) over (partition by sex) as total from side),
age as (select sex, b, least(99, (10 * d + 10 * (b * total / 1024 - (upto - w)) / w)::int) as age
	from edge join generate_series(0, 1023) b on b * total / 1024 >= upto - w and b * total / 1024 < upto)
select array_agg(age order by b) filter (where sex = 'men') as ages_men,
	array_agg(age order by b) filter (where sex = 'women') as ages_women from age \gset

-- One row for each person: who they are and the visit at which each disease enters the record.
create temp table patient as
select id, fem, born, first, last, died, n, bmi, smoker, z, hd1, hd2, o_poor,
	case when ob and hd1 & 3 < 2 then 0 end as k_ob,
	gen.visit(o_dm1, born, first, last, n) as k_dm1, gen.visit(o_dm, born, first, last, n) as k_dm,
	gen.visit(o_dmk, born, first, last, n) as k_dmk, gen.visit(o_dme, born, first, last, n) as k_dme,
	gen.visit(o_dmn, born, first, last, n) as k_dmn, gen.visit(o_htn, born, first, last, n) as k_htn,
	gen.visit(o_lip, born, first, last, n) as k_lip, gen.visit(o_ckd, born, first, last, n) as k_ckd,
	gen.visit(o_ckd5, born, first, last, n) as k_ckd5, gen.visit(o_cad, born, first, last, n) as k_cad,
	gen.visit(o_mi, born, first, last, n) as k_mi, gen.visit(o_hf, born, first, last, n) as k_hf,
	gen.visit(o_af, born, first, last, n) as k_af, gen.visit(o_stk, born, first, last, n) as k_stk,
	gen.visit(o_copd, born, first, last, n) as k_copd, gen.visit(o_ast, born, first, last, n) as k_ast,
	gen.visit(o_dep, born, first, last, n) as k_dep, gen.visit(o_anx, born, first, last, n) as k_anx,
	gen.visit(o_thy, born, first, last, n) as k_thy, gen.visit(o_oa, born, first, last, n) as k_oa,
	gen.visit(o_op, born, first, last, n) as k_op, gen.visit(o_hip, born, first, last, n) as k_hip,
	gen.visit(o_gout, born, first, last, n) as k_gout, gen.visit(o_bph, born, first, last, n) as k_bph,
	gen.visit(o_ra, born, first, last, n) as k_ra, gen.visit(o_dem, born, first, last, n) as k_dem,
	gen.visit(o_park, born, first, last, n) as k_park, gen.visit(o_scz, born, first, last, n) as k_scz,
	gen.visit(o_hiv, born, first, last, n) as k_hiv, gen.visit(o_hepb, born, first, last, n) as k_hepb,
	gen.visit(o_cirr, born, first, last, n) as k_cirr, gen.visit(o_ca, born, first, last, n) as k_ca,
	gen.visit(o_gerd, born, first, last, n) as k_gerd,
	-- a birth before the first visit is not this hospital's
	case when born + o_del * 365.25 >= first then gen.visit(o_del, born, first, last, n) end as k_del,
	ca
from (
-- How often: more with more diseases, and the longer the time.
select p.*, least(24, 1 + ((last - first)::float8 / 365 * (0.45::float8 + 0.22::float8 * chronic)
	* (0.5::float8 + gen.u(h12, 1))))::int as n
from (
-- Chronic patients stay, the others come for a while. Nobody comes after death.
select p.*, greatest(first + 1, least(died, case
		when chronic = 0 then first + ((5386 - first) * gen.u(h12, 2) * gen.u(h12, 2)
			* gen.u(h12, 2))::int
		when h12 & 7 = 0 then first + ((5386 - first) * gen.u(h12, 3))::int
		else 5386 - (h12 & 63)::int end)) as last
from (
-- Death: yearly rate at the age in the middle of the time, times what the diseases add.
select p.*, case when r < hazard / (1 + hazard)
	then greatest(first + 1, first + ((5386 - first) * sqrt(r * (1 + hazard) / hazard))::int) end as died
from (
select p.*, gen.u(h11, 0) as r, (5386 - first)::float8 / 365.25::float8
	* ('{.0015,.0002,.0002,.0004,.0005,.0006,.0008,.0011,.0017,.0026,
		.004,.0062,.0098,.0155,.025,.042,.072,.12,.19,.28}'::float8[])
		[1 + (greatest(0::float8, age - (5386 - first)::float8 / 730)::int / 5)]
	* gen.f(o_ca is not null, 6) * gen.f(o_hf is not null, 2.2) * gen.f(o_ckd is not null, 1.5)
	* gen.f(o_dm is not null, 1.3) * gen.f(o_stk is not null, 1.5) * gen.f(o_copd is not null, 1.4)
	* gen.f(o_dem is not null, 1.6) * gen.f(o_cirr is not null, 3) * gen.f(smoker, 1.3) as hazard
from (
-- First day: evenly over the years, but women come before they give birth.
select p.*, least(registered, case when born + o_del * 365.25::float8 between registered - 3650 and registered
		and o_del > 0 and born + o_del * 365.25::float8 > 160
	then (born + o_del * 365.25::float8 - 150)::int else registered end) as first,
	(o_dm is not null)::int + (o_htn is not null)::int + (o_lip is not null)::int + (o_ckd is not null)::int
	+ (o_cad is not null)::int + (o_hf is not null)::int + (o_af is not null)::int + (o_stk is not null)::int
	+ (o_copd is not null)::int + (o_ast is not null)::int + (o_dep is not null)::int + (o_thy is not null)::int
	+ (o_gout is not null)::int + (o_ra is not null)::int + (o_ca is not null)::int + (o_hiv is not null)::int
	+ (o_dm1 is not null)::int + (o_scz is not null)::int + (o_hepb is not null)::int as chronic
from (
-- What follows from other diseases.
select p.*,
	case when o_cad is not null and gen.u(h10, 1) < 0.25 and o_cad + 16 * gen.u(h10, 1) < age
		then o_cad + 16 * gen.u(h10, 1) end as o_mi,
	gen.late(gen.u(h10, 2) / (0.07 * gen.f(o_cad is not null, 3)
		* gen.f(o_htn is not null, 1.5)), 45, 90, age) as o_hf,
	gen.late(gen.u(h10, 3) / (0.11 * gen.f(o_htn is not null, 1.4)
		* gen.f(o_cad is not null, 1.5)), 45, 90, age) as o_af,
	case when o_ckd is not null and gen.u(h11, 1) < 0.10 and o_ckd + 60 * gen.u(h11, 1) < age
		then o_ckd + 60 * gen.u(h11, 1) end as o_ckd5,
	case when o_op is not null and gen.u(h11, 2) < 0.12 and o_op + 80 * gen.u(h11, 2) < age
		then o_op + 80 * gen.u(h11, 2) end as o_hip,
	case when o_ca is null then null
		when o_hepb is not null and h9 & 1 = 0 then 4246127
		when smoker and h9 & 6 > 0 then 443388
		when fem then ('{4112853,4112853,4112853,443388,4180790,443387,4180790,443388}'::int[])
			[1 + (h9 >> 3 & 7)]
		else ('{443388,443388,443387,4180790,4180790,4163261,4163261,4246127}'::int[])
			[1 + (h9 >> 3 & 7)] end as ca
from (
-- Heart, kidney, brain, and what diabetes does over the years.
select p.*,
	gen.late(gen.u(h7, 0) / (0.27 * gen.f(fem, 0.7) * gen.f(o_htn is not null, 1.4)
		* gen.f(o_dm is not null, 1.5) * gen.f(smoker, 1.4)), 35, 88, age) as o_cad,
	gen.late(gen.u(h7, 1) / (0.15 * gen.f(o_dm is not null, 2.2)
		* gen.f(o_htn is not null, 1.6)), 35, 90, age) as o_ckd,
	gen.late(gen.u(h7, 2) / (0.14 * gen.f(o_htn is not null, 2)
		* gen.f(o_dm is not null, 1.3) * gen.f(smoker, 1.2)), 40, 88, age) as o_stk,
	gen.grows(gen.u(h7, 3) / (0.04 * gen.f(fem, 1.6)
		* gen.f(o_dep is not null, 5)), 15, 80, age) as o_anx,
	case when gen.u(h8, 2) < 0.30 and o_dm + 3 + 40 * gen.u(h8, 2) < age
		then o_dm + 3 + 40 * gen.u(h8, 2) end as o_dmk,
	case when gen.u(h8, 3) < 0.25 and o_dm + 4 + 40 * gen.u(h8, 3) < age
		then o_dm + 4 + 40 * gen.u(h8, 3) end as o_dme,
	case when gen.u(h9, 0) < 0.18 and o_dm + 5 + 50 * gen.u(h9, 0) < age
		then o_dm + 5 + 50 * gen.u(h9, 0) end as o_dmn,
	case when gen.u(h9, 1) < 0.004 * gen.f(o_hepb is not null, 30)
			and age > 38 + 200 * gen.u(h9, 1)
		then 38 + 200 * gen.u(h9, 1) end as o_cirr,
	-- women earlier, for breast cancer is
	case when fem then gen.grows(gen.u(h9, 2) / (0.055 * :cancer * gen.f(smoker, 1.5)), 30, 85, age)
		else gen.late(gen.u(h9, 2) / (0.09 * :cancer * gen.f(smoker, 1.5)
			* gen.f(o_hepb is not null, 1.6)), 28, 88, age) end as o_ca
from (
select p.*,
	gen.grows(gen.u(h5, 0) / (0.52 * :htn * gen.f(o_dm is not null, 1.55)
		* gen.f(ob, 1.3)), 25, 85, age) as o_htn,
	gen.grows(gen.u(h5, 1) / (0.32 * gen.f(o_dm is not null, 1.8)
		* gen.f(ob, 1.3)), 22, 80, age) as o_lip,
	gen.late(gen.u(h5, 2) / (0.10 * :lung * gen.f(smoker, 3.6)), 40, 90, age) as o_copd,
	gen.grows(gen.u(h5, 3) / (0.06 * gen.f(fem, 1.8)
		* gen.f(o_dm is not null, 1.3)), 14, 80, age) as o_dep,
	gen.grows(gen.u(h6, 0) / (0.06 * gen.f(fem, 0.2) * gen.f(ob, 1.8)), 25, 75, age) as o_gout,
	gen.late(gen.u(h6, 1) / (0.10 * gen.f(fem, 3.5)), 48, 88, age) as o_op,
	case when not fem then gen.late(gen.u(h6, 2) / 0.55::float8, 45, 88, age) end as o_bph,
	gen.late(gen.u(h6, 3) / (0.25 * gen.f(fem, 1.5) * gen.f(ob, 1.4)), 35, 85, age) as o_oa
from (
-- What begins by itself, and diabetes, which overweight brings on. Children born after 1992 were vaccinated
-- against hepatitis B.
select p.*, h4 >> 60 as o_poor,
	gen.grows(gen.u(h3, 0) / 0.003::float8, 2, 35, age) as o_dm1,
	gen.grows(gen.u(h3, 1) / (0.045 * :lung)::float8, 1, 45, age) as o_ast,
	gen.grows(gen.u(h3, 2) / (0.055 * gen.f(born > -7305, 0.15)), 1, 40, age) as o_hepb,
	gen.grows(gen.u(h3, 3) / (0.004 * gen.f(fem, 0.2) * gen.f(age > 60, 0.3)), 18, 45, age)
		as o_hiv,
	gen.grows(gen.u(h4, 0) / (0.018 * gen.f(fem, 3.6)), 20, 80, age) as o_thy,
	gen.grows(gen.u(h4, 1) / (0.004 * gen.f(fem, 3)), 25, 75, age) as o_ra,
	gen.grows(gen.u(h4, 2) / 0.006::float8, 16, 40, age) as o_scz,
	gen.grows(gen.u(h4, 3) / (0.24 * :dm * gen.f(ob, 2.2) * gen.f(fem, 0.9)), 28, 85, age)
		as o_dm,
	gen.grows(gen.u(h10, 0) / 0.09::float8, 20, 70, age) as o_gerd,
	gen.late(gen.u(h8, 0) / 0.30::float8, 62, 95, age) as o_dem,
	gen.late(gen.u(h8, 1) / 0.035::float8, 55, 90, age) as o_park,
	case when fem and gen.u(h2, 2) < 0.6 and age > 22 + 22 * gen.u(h2, 2) + 4 * z
		then 22 + 22 * gen.u(h2, 2) + 4 * z end as o_del,
	(greatest(0, born) + (5366 - greatest(0, born)) * gen.u(h12, 0))::int as registered
from (
select p.*, born0 as born, (bmi >= 28 and age >= 6) as ob
from (
select p.*, (case when age < 18 then 15.5::float8 + 0.4::float8 * age + 2 * z
		else 22.3::float8 + 0.03::float8 * least(age, 60::float8) + 3.2::float8 * z end)::float8 as bmi,
	-- never later than three weeks before the end, so that newborns are seen too
	least(5360, 5386 - (age * 365.25::float8)::int) as born0,
	(age >= 18 and gen.u(h2, 3) < case when fem then 0.03::float8 else 0.45::float8 end) as smoker
from (
select p.*, (case when fem then (:'ages_women'::int[])[1 + (h1 >> 16 & 1023)]
		else (:'ages_men'::int[])[1 + (h1 >> 16 & 1023)] end + (h1 >> 26 & 63)::float8 / 64)::float8 as age,
	-- nearly normal: the sum of four draws
	((h2 & 255) + (h2 >> 8 & 255) + (h2 >> 16 & 255) + (h2 >> 24 & 255) - 510)::float8 / 147.8::float8 as z
from (
select id, hashint8extended(id, :key + 1) as h1, hashint8extended(id, :key + 2) as h2,
	hashint8extended(id, :key + 3) as h3, hashint8extended(id, :key + 4) as h4,
	hashint8extended(id, :key + 5) as h5, hashint8extended(id, :key + 6) as h6,
	hashint8extended(id, :key + 7) as h7, hashint8extended(id, :key + 8) as h8,
	hashint8extended(id, :key + 9) as h9, hashint8extended(id, :key + 10) as h10,
	hashint8extended(id, :key + 11) as h11, hashint8extended(id, :key + 12) as h12,
	hashint8extended(id, :key + 13) as hd1, hashint8extended(id, :key + 14) as hd2,
	gen.u(hashint8extended(id, :key + 1), 0) >= :men as fem
from generate_series(1::int8, :patients) id
-- `offset 0` keeps the planner from folding one step into the next, which would draw everything again.
offset 0) p offset 0) p offset 0) p offset 0) p offset 0) p offset 0) p offset 0) p
offset 0) p offset 0) p offset 0) p offset 0) p offset 0) p offset 0) p;

\ir vocabulary.sql

insert into cdm.care_site (care_site_id, care_site_name) values (1, :'site');
insert into cdm.cdm_source (cdm_source_name, cdm_source_abbreviation, cdm_holder, source_description,
	source_release_date, cdm_release_date, cdm_version, vocabulary_version)
values ('Generated population', 'demo', :'site', 'Made by demo/generate.sql; nobody in it is real.',
	'2026-09-30', '2026-09-30', '5.4', 'demo');

-- Days become dates.
\set d0 'date ''2012-01-01'' +'

insert into cdm.person (person_id, gender_concept_id, year_of_birth, month_of_birth, day_of_birth,
	birth_datetime, race_concept_id, ethnicity_concept_id, care_site_id, person_source_value, gender_source_value)
select id, case when fem then 8532 else 8507 end, extract(year from b)::int, extract(month from b)::int,
	extract(day from b)::int, b, 38003579, 0, 1, 'MRN' || id, case when fem then 'F' else 'M' end
from (select id, fem, :d0 born as b from patient offset 0) p;

insert into cdm.observation_period
select id, id, :d0 first, :d0 least(5386, coalesce(died, 5386), last + 180), 32817 from patient;

insert into cdm.death (person_id, death_date, death_type_concept_id, cause_concept_id)
select id, :d0 died, 32817, case when ca is not null and k_ca is not null then ca
	when k_hf is not null then 316139 when k_stk is not null then 381316 when k_copd is not null then 255573
	else 0 end
from patient where died is not null;

insert into research.opt_out
select id from patient where hashint8extended(id, :key + 20) & 1023 < 10;

-- Visits. Infarction, stroke, cancer, hip fracture and birth bring people in; one visit in fourteen is an
-- emergency, and the older and sicker stay overnight more often.
insert into cdm.visit_occurrence (visit_occurrence_id, person_id, visit_concept_id, visit_start_date,
	visit_end_date, visit_type_concept_id, care_site_id)
select id * 32 + k, id, kind, :d0 day,
	:d0 case when kind = 9201 then least(day + 2 + (h >> 8 & 7)::int + (h >> 11 & 3)::int,
		greatest(day, coalesce(died, 5386))) else day end,
	32817, 1
from (
	select id, k, died, h, day, case
		when k in (k_mi, k_stk, k_ca, k_hip, k_del)
			or h & 63 < case when k_hf <= k or k_ckd5 <= k then 14 when born < -16000 then 8 else 4 end then 9201
		when h & 127 > 118 then 9203 else 9202 end as kind
	from (
		select p.*, gen.day(first, last, n, id, k, :key) as day, hashint8extended(id * 32 + k, :key + 21) as h
		from (select id, born, first, last, died, n, k_mi, k_stk, k_ca, k_hip, k_del, k_hf, k_ckd5,
			generate_series(0, n - 1) as k from patient offset 0) p offset 0) p offset 0) v;

-- Diseases: (concept * 2 + whether it is written down again at later visits) * 32 + the first visit.
insert into cdm.condition_occurrence (condition_occurrence_id, person_id, condition_concept_id,
	condition_start_date, condition_type_concept_id, visit_occurrence_id, condition_source_value)
select row_number() over (), c.id, concept, :d0 gen.day(first, last, n, c.id, k, :key), 32817,
	c.id * 32 + k, code
from (
	select id, first, last, n, (ck >> 6)::int as concept,
		generate_series((ck & 31)::int, case when ck >> 5 & 1 = 1 then least(n - 1, (ck & 31)::int + 6)
			else (ck & 31)::int end, 3) as k
	from (
		select id, first, last, n, unnest(array_remove(array[
			-- one diabetic in five never gets the plain code
			case when hd1 & 15 < 3 then 4193704::int8 else 201826 end * 64 + 32 + k_dm,
			443731::int8 * 64 + 32 + k_dmk, 443733::int8 * 64 + 32 + k_dme, 376065::int8 * 64 + 32 + k_dmn,
			201254::int8 * 64 + 32 + k_dm1,
			case when hd1 & 240 < 32 then 316866::int8 else 320128 end * 64 + 32 + k_htn,
			432867::int8 * 64 + 32 + k_lip, 433736::int8 * 64 + k_ob,
			case when hd1 & 3840 < 1024 then 46271022::int8 when hd1 & 3840 < 3200 then 443597 else 443612 end
				* 64 + 32 + k_ckd,
			193782::int8 * 64 + 32 + k_ckd5,
			case when hd1 & 61440 < 16384 then 321318::int8 else 317576 end * 64 + 32 + k_cad,
			312327::int8 * 64 + k_mi, 314666::int8 * 64 + 32 + k_mi + 1 + case when k_mi + 1 < n then 0 end,
			case when hd1 >> 16 & 3 = 0 then 319835::int8 else 316139 end * 64 + 32 + k_hf,
			case when hd1 >> 18 & 3 = 0 then 4154290::int8 else 313217 end * 64 + 32 + k_af,
			case when hd1 >> 20 & 7 < 5 then 443454::int8 when hd1 >> 20 & 7 < 7 then 381316 else 376713 end
				* 64 + k_stk,
			255573::int8 * 64 + 32 + k_copd, 317009::int8 * 64 + 32 + k_ast,
			case when hd1 >> 23 & 1 = 0 then 4152280::int8 else 440383 end * 64 + 32 + k_dep,
			442077::int8 * 64 + k_anx, 140673::int8 * 64 + 32 + k_thy, 80180::int8 * 64 + k_oa,
			80502::int8 * 64 + k_op, 4230399::int8 * 64 + k_hip, 440674::int8 * 64 + 32 + k_gout,
			198803::int8 * 64 + k_bph, 80809::int8 * 64 + 32 + k_ra,
			case when hd1 >> 24 & 1 = 0 then 378419::int8 else 4182210 end * 64 + 32 + k_dem,
			381270::int8 * 64 + 32 + k_park, 435783::int8 * 64 + 32 + k_scz, 439727::int8 * 64 + 32 + k_hiv,
			4281232::int8 * 64 + 32 + k_hepb, 4064161::int8 * 64 + 32 + k_cirr, ca::int8 * 64 + 32 + k_ca,
			318800::int8 * 64 + k_gerd, 4014295::int8 * 64 + k_del,
			case when hd1 >> 25 & 7 = 0 then 4024659::int8 * 64 + k_del end
		], null)) as ck
		from patient offset 0) c offset 0) c
join word on word.id = concept;

-- Passing illness: at half of all visits, by age, and COVID-19 in the winter of 2022.
insert into cdm.condition_occurrence (condition_occurrence_id, person_id, condition_concept_id,
	condition_start_date, condition_end_date, condition_type_concept_id, visit_occurrence_id,
	condition_source_value)
select 1000000000000 + v.id * 32 + k, v.id, concept, :d0 day, :d0 day + 5 + (h >> 20 & 7)::int, 32817,
	v.id * 32 + k, code
from (
	select id, k, day, h, case
		when day between 3987 and 4070 and h & 3 > 0 then 37311061
		when day - born < 5500 then
			('{40481087,4112343,260139,28060,372328,4112343,260139,81151}'::int[])[1 + (h >> 8 & 7)]
		when fem and h >> 12 & 7 = 0 then 81902
		when day - born < 22000 then
			('{40481087,40481087,4112343,4112343,4112343,260139,260139,260139,194133,194133,194133,378253,378253,
				4027663,81151,81151}'::int[])[1 + (h >> 8 & 15)]
		else ('{255848,255848,255848,260139,260139,260139,194133,194133,194133,81902,81902,439777,192671,4112343,
			4112343,378253}'::int[])[1 + (h >> 8 & 15)] end as concept
	from (
		select id, k, born, fem, hashint8extended(id * 32 + k, :key + 22) as h,
			gen.day(first, last, n, id, k, :key) as day
		from (select id, born, fem, first, last, n, generate_series(0, n - 1) as k from patient offset 0) p
		offset 0) p
	where h & 1 = 1) v
join word on word.id = concept;

-- Drugs follow the disease they are for, some as a second step at the next visit; (concept * 32) + visit.
insert into cdm.drug_exposure (drug_exposure_id, person_id, drug_concept_id, drug_exposure_start_date,
	drug_exposure_end_date, drug_type_concept_id, days_supply, visit_occurrence_id)
select row_number() over (), id, concept, day, day + supply - 1, 32817, supply, id * 32 + k
from (
	select id, concept, k, :d0 gen.day(first, last, n, id, k, :key) as day,
		case when k & 1 = 0 then 90 else 30 end as supply
	from (
		select id, first, last, n, (ck >> 5)::int as concept,
			generate_series((ck & 31)::int, least(n - 1, (ck & 31)::int + 4), 2) as k
		from (
			select id, first, last, n, unnest(array_remove(array[
				-- diabetes: metformin first, seldom with failing kidneys
				case when gen.d16(hd2, 0) < case when k_ckd is null then 12 else 5 end
					then case when hd1 >> 58 & 3 = 0 then 40163924::int8 else 1503297 end * 32 + k_dm end,
				case when gen.d16(hd2, 1) < 4 then 1529331::int8 * 32 + k_dm end,
				case when gen.d16(hd2, 1) >= 12 then 1597756::int8 * 32 + k_dm + 1 end,
				case when gen.d16(hd2, 2) < 3 then 1580747::int8 * 32 + k_dm + 1 end,
				case when gen.d16(hd2, 2) >= 13 then 44785829::int8 * 32 + k_dm + 1 end,
				case when gen.d16(hd2, 3) < 2 or k_dmk is not null and gen.d16(hd2, 3) < 9
					then 1502905::int8 * 32 + k_dm + 1 end,
				1502905::int8 * 32 + k_dm1, 1550023::int8 * 32 + k_dm1,
				-- blood pressure
				case when gen.d16(hd2, 4) < 7
					then case when hd1 >> 56 & 3 = 0 then 1332419::int8 else 1332418 end * 32 + k_htn end,
				case when gen.d16(hd2, 4) > 13 then 1318853::int8 * 32 + k_htn end,
				case when gen.d16(hd2, 5) < 4 then 1308842::int8 * 32 + k_htn end,
				case when gen.d16(hd2, 5) in (4, 5, 6) then 1367500::int8 * 32 + k_htn end,
				case when gen.d16(hd2, 5) > 13 then 1335471::int8 * 32 + k_htn end,
				case when gen.d16(hd2, 6) < 2 then 974166::int8 * 32 + k_htn + 1 end,
				-- fat, heart, vessels
				case when gen.d16(hd2, 7) < 8 then 1545958::int8 * 32 + coalesce(k_cad, k_lip) end,
				case when gen.d16(hd2, 7) in (8, 9, 10, 11) then 1510813::int8 * 32 + coalesce(k_cad, k_lip) end,
				case when gen.d16(hd2, 7) = 12 then 1539403::int8 * 32 + coalesce(k_cad, k_lip) end,
				case when gen.d16(hd2, 8) < 13 then 1112807::int8 * 32 + coalesce(k_cad, k_stk) end,
				case when gen.d16(hd2, 8) < 14 then 1322184::int8 * 32 + k_mi end,
				case when gen.d16(hd2, 9) < 9 then 1307046::int8 * 32 + coalesce(k_hf, k_cad) end,
				case when gen.d16(hd2, 9) > 12 then 1338005::int8 * 32 + coalesce(k_hf, k_af) end,
				case when gen.d16(hd2, 10) < 11 then 956874::int8 * 32 + k_hf end,
				case when gen.d16(hd2, 10) < 8 then 970250::int8 * 32 + k_hf end,
				case when gen.d16(hd2, 11) < 4 then 1310149::int8 * 32 + k_af
					when gen.d16(hd2, 11) < 11 then 40241331::int8 * 32 + k_af end,
				-- lungs
				case when gen.d16(hd2, 12) < 8 then 1106776::int8 * 32 + k_copd end,
				case when gen.d16(hd2, 12) < 11 then 939259::int8 * 32 + coalesce(k_ast, k_copd) end,
				case when gen.d16(hd2, 12) > 4 then 1154343::int8 * 32 + coalesce(k_ast, k_copd) end,
				-- mind, glands, joints, bones
				case when gen.d16(hd2, 13) < 6 then 739138::int8 * 32 + k_dep
					when gen.d16(hd2, 13) < 12 then 715939::int8 * 32 + k_dep end,
				case when gen.d16(hd2, 13) < 14 then 1501700::int8 * 32 + k_thy end,
				case when gen.d16(hd2, 14) < 9 then 1167322::int8 * 32 + k_gout end,
				case when gen.d16(hd2, 14) < 6 then 1118084::int8 * 32 + k_oa
					when gen.d16(hd2, 14) < 11 then 1177480::int8 * 32 + k_oa end,
				case when gen.d16(hd2, 14) < 7 then 1557272::int8 * 32 + k_op end,
				case when gen.d16(hd2, 14) < 11 then 1305058::int8 * 32 + k_ra end,
				-- infection
				case when gen.d16(hd1, 15) < 5 then 1711246::int8 * 32 + k_hepb
					when gen.d16(hd1, 15) < 7 then 1710281::int8 * 32 + k_hepb end,
				case when gen.d16(hd1, 15) < 15 then 1710281::int8 * 32 + k_hiv end,
				case when gen.d16(hd1, 15) < 15 then 1704183::int8 * 32 + k_hiv end,
				case when gen.d16(hd1, 15) < 15 then 1738135::int8 * 32 + k_hiv end,
				case when gen.d16(hd1, 14) < 10 then 923645::int8 * 32 + k_gerd end
			], null)) as ck
			from patient offset 0) c offset 0) c offset 0) c;

-- A short course at a third of all visits.
insert into cdm.drug_exposure (drug_exposure_id, person_id, drug_concept_id, drug_exposure_start_date,
	drug_exposure_end_date, drug_type_concept_id, days_supply, visit_occurrence_id)
select 1000000000000 + id * 32 + k, id, ('{1125315,1713332,1734104,1177480}'::int[])[1 + (h >> 8 & 3)],
	:d0 day, :d0 day + 6, 32817, 7, id * 32 + k
from (
	select id, k, hashint8extended(id * 32 + k, :key + 23) as h, gen.day(first, last, n, id, k, :key) as day
	from (select id, first, last, n, generate_series(0, n - 1) as k from patient offset 0) p offset 0) v
where h & 3 = 0;

-- Measurements: kind * 65536 + value; kinds below. Sugar and pressure are high when found, then treated.
insert into cdm.measurement (measurement_id, person_id, measurement_concept_id, measurement_date,
	measurement_type_concept_id, value_as_number, unit_concept_id, visit_occurrence_id)
select id * 256 + k * 8 + kind, id, ('{3004249,3012888,3004410,3016723,3028437,3004501,3038553}'::int[])[kind],
	:d0 day, 32817, case when kind in (3, 7) then value * 0.1 when kind = 4 then value * 0.01 else value end,
	('{8876,8876,8554,8840,8840,8840,9531}'::int[])[kind], id * 32 + k
from (
	select id, k, day, (mv >> 16) as kind, (mv & 65535) as value
	from (
		select id, k, day, unnest(array_remove(array[
			case when pressure then 65536 + (104 + 0.35::float8 * age + 10 * n1 + case when ob then 6 else 0 end
				+ case when k_htn = k then 26 when k_htn < k then 12 else 0 end)::int end,
			case when pressure then 2 * 65536 + (68 + 0.12::float8 * age + 5 * n1 + 4 * n2
				+ case when k_htn = k then 12 when k_htn < k then 5 else 0 end)::int end,
			-- HbA1c falls by up to 1.8 in the visits after diagnosis, less in the one in four who cannot keep to it
			case when dm >= 0 or h >> 32 & 15 = 0 and age > 30 then 3 * 65536 + (case
				when dm >= 0 then greatest(46, 86 - case when o_poor & 3 = 0 then 3 else 6 end * least(3, dm)
					+ 10 * n1 + 4 * z)
				else 51 + 0.08::float8 * age + 2.5::float8 * n1 end)::int end,
			case when h >> 35 & 7 = 0 or k_ckd <= k then 4 * 65536 + (case when k_ckd5 <= k then 720 + 120 * n2
				when k_ckd <= k then 178 + 25 * n2 when fem then 68 + 9 * n2 else 88 + 10 * n2 end)::int end,
			case when h >> 38 & 7 = 0 or k_lip <= k and h >> 38 & 1 = 0 then 5 * 65536 + (case when k_lip = k then 152
				when k_lip < k then 98 else 110 end + 22 * n2)::int end,
			case when h >> 41 & 7 = 0 then 6 * 65536 + (case when dm >= 0 then 165 - 14 * least(3, dm) + 24 * n1
				else 92 + 7 * n1 end)::int end,
			case when k = 0 and h >> 44 & 3 > 0 then 7 * 65536 + (10 * bmi + 3 * n2)::int end
		], null)) as mv
		from (
			select p.*, (day - born) / 365.25::float8 as age, bmi >= 28 as ob, k - k_dm as dm,
				h & 7 < case when k_htn <= k then 5 else 1 end and born + 4400 < day as pressure,
				((h >> 48 & 255) + (h >> 56 & 255) - 255)::float8 / 104 as n1,
				((h >> 2 & 255) + (h >> 10 & 255) - 255)::float8 / 104 as n2
			from (
				select p.*, gen.day(first, last, n, id, k, :key) as day,
					hashint8extended(id * 32 + k, :key + 24) as h
				from (select id, fem, born, first, last, n, z, bmi, o_poor, k_dm, k_htn, k_ckd, k_ckd5, k_lip,
					generate_series(0, n - 1) as k from patient offset 0) p offset 0) p offset 0) p
		offset 0) m offset 0) m;

insert into cdm.procedure_occurrence (procedure_occurrence_id, person_id, procedure_concept_id, procedure_date,
	procedure_type_concept_id, visit_occurrence_id)
select row_number() over (), id, concept, :d0 gen.day(first, last, n, id, k, :key), 32817, id * 32 + k
from (
	select id, first, last, n, (ck >> 5)::int as concept, (ck & 31)::int as k
	from (
		select id, first, last, n, unnest(array_remove(array[
			case when gen.d16(hd1, 8) < 9 then 4216130::int8 * 32 + k_mi end,
			case when gen.d16(hd1, 8) = 9 then 4336464::int8 * 32 + k_cad end,
			4120120::int8 * 32 + k_ckd5,
			case when gen.d16(hd1, 9) < 6 then 4015701::int8 * 32 + k_del end,
			case when gen.d16(hd1, 10) = 0 and born < -13000 then 4249893::int8 * 32 end,
			case when ca = 4180790 then 4249893::int8 * 32 + k_ca end,
			case when gen.d16(hd1, 11) < 12 then 4230911::int8 * 32 + coalesce(k_hf, k_af, k_cad) end,
			case when gen.d16(hd1, 12) < 4 then 4163872::int8 * 32 end,
			4163872::int8 * 32 + k_copd
		], null)) as ck
		from patient offset 0) c offset 0) c;

insert into cdm.observation (observation_id, person_id, observation_concept_id, observation_date,
	observation_type_concept_id, visit_occurrence_id)
select id, id, case when smoker then 4298794 else 4144272 end, :d0 first, 32817, id * 32
from patient where first - born > 6574;

\ir episodes.sql

drop table patient, word;
drop schema gen cascade;
