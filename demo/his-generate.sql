-- his-generate.sql - invented patients in the tables of his.sql, the same for the same `patients` and `seed`.
--
--   psql -1 -v patients=2000 -v seed=1 -f his.sql -f his-generate.sql
--
-- Every draw is a hash of (seed, purpose, number); only whole numbers are used. About every sixth patient has type 2
-- diabetes, with drugs and tests that follow it; some have what a red list forbids, written in several spellings.
\if :{?patients} \else \set patients 2000 \endif
\if :{?seed} \else \set seed 1 \endif
set client_min_messages = warning;
set search_path = his, pg_catalog;

-- 0 .. below - 1
create function his.draw(purpose text, i int8, below int) returns int language sql immutable as
	$$ select (((hashtextextended(purpose, i) % below) + below) % below)::int $$;

insert into doctor
select d, '医生' || d, (array['内分泌科', '心内科', '呼吸科', '感染科', '普通外科'])[d % 5 + 1]
from generate_series(1, 20) d;

insert into patient
select i, '患者' || i, 'ID' || i, 'T' || i,
	case when draw('sex0' || :seed, i, 100) = 0 then '9' else (1 + draw('sex' || :seed, i, 2))::text end,
	date '1930-01-01' + draw('born' || :seed, i, 31000),
	case when draw('ethnic' || :seed, i, 20) = 0 then '03' else '01' end
from generate_series(1, :patients) i;

insert into opt_out select patient_id from patient where draw('out' || :seed, patient_id, 100) = 0;

insert into visit
select i * 8 + k, i,
	(array['门诊', '门诊', '门诊', '急诊', '住院'])[draw('type' || :seed, i * 8 + k, 5) + 1],
	(array['内分泌科', '心内科', '呼吸科', '感染科', '普通外科'])[draw('dept' || :seed, i * 8 + k, 5) + 1],
	1 + draw('doctor' || :seed, i * 8 + k, 20),
	timestamp '2019-01-01' + draw('day' || :seed, i * 8 + k, 2500) * interval '1 day'
		+ draw('hour' || :seed, i * 8 + k, 24) * interval '1 hour',
	null
from generate_series(1, :patients) i, generate_series(0, 5) k
where k <= draw('visits' || :seed, i, 6);
update visit set discharge_date = visit_date + (1 + draw('stay' || :seed, visit_id, 20)) * interval '1 day'
where visit_type = '住院';

-- What each patient has: a code is written with the national extension, or without, as clerks do.
create temp table ill on commit drop as
select i as patient_id, c.code, c.name
from generate_series(1, :patients) i,
	(values (1, 6, 'E11.900', '2型糖尿病'), (2, 4, 'I10.x00', '原发性高血压'), (3, 9, 'J44.900', '慢性阻塞性肺疾病'),
		(4, 40, 'B20.200', '人类免疫缺陷病毒病'), (5, 60, 'A53.900', '梅毒'), (6, 25, 'C34.900', '肺恶性肿瘤')) c(n, one_in, code, name)
where draw('ill' || c.n || '/' || :seed, i, c.one_in) = 0;

insert into diagnosis
select v.visit_id * 10 + row_number() over (partition by v.visit_id order by i.code), v.visit_id, v.patient_id,
	case draw('spelt' || i.code, v.visit_id, 4)
		when 0 then i.code
		when 1 then i.code || 'x00' || 1 + draw('ext', v.visit_id, 3)
		when 2 then replace(i.code, '.', '')
		else lower(i.code) end,
	i.name, case when v.visit_type = '住院' then '出院诊断' else '门诊诊断' end, v.visit_date::date
from visit v join ill i using (patient_id)
where draw('told' || i.code, v.visit_id, 3) > 0;

insert into operation
select visit_id, visit_id, patient_id, (array['36.0600', '47.0900', '81.5400'])[draw('op' || :seed, visit_id, 3) + 1],
	visit_date::date + 1
from visit where visit_type = '住院' and draw('cut' || :seed, visit_id, 3) = 0;

insert into drug_order
select d.diagnosis_id, d.visit_id, d.patient_id, x.drug, x.name, x.atc, x.route, 10 * (1 + draw('qty', d.diagnosis_id, 6)),
	7 * (1 + draw('days', d.diagnosis_id, 8)), d.diagnosis_date,
	case when draw('stopped', d.diagnosis_id, 3) = 0 then d.diagnosis_date + 10 end
from diagnosis d join (values ('E11', 'M0001', '二甲双胍片', 'A10BA02', '口服'), ('E11', 'M0002', '中药制剂', null, '口服'),
		('I10', 'M0003', '氨氯地平片', 'C08CA01', '口服'), ('B20', 'M0004', '抗病毒药', 'J05AR10', '口服')) x(code, drug, name, atc, route)
	on upper(d.icd_code) like x.code || '%'
where x.drug <> 'M0002' or draw('herbs', d.diagnosis_id, 2) = 0
on conflict do nothing;

insert into lab_result
select v.visit_id * 4 + t.n, v.visit_id, v.patient_id, t.item, t.name, t.loinc,
	case when draw('failed' || t.n, v.visit_id, 50) = 0 then null
		else (t.low + draw('value' || t.n, v.visit_id, 60) * t.low / 20) end,
	null, t.unit, t.low, t.high, v.visit_date + interval '2 hours'
from visit v, (values (0, 20101, '糖化血红蛋白', '4548-4', 4.0, 6.0, '%'), (1, 20102, '葡萄糖', null, 3.9, 6.1, 'mmol/L'),
		(2, 20103, 'HIV抗体', '7918-6', 0.1, 1.0, 'S/CO')) t(n, item, name, loinc, low, high, unit)
where draw('tested' || t.n, v.visit_id, 3) = 0;

insert into death
select patient_id, date '2025-01-01' + draw('dead' || :seed, patient_id, 500), 'I21.900'
from patient where draw('dies' || :seed, patient_id, 50) = 0;
drop function his.draw(text, int8, int);
analyze;
