-- his.sql - a hospital information system as many in China have it, in few tables: not a standard, and nobody's product.
-- policies/examples/cn-his/models/cn-his.yaml says what its tables mean. Codes are text.
create schema his;
create table his.patient (
	patient_id int8 primary key,
	name text,            -- 姓名
	id_card text,         -- 证件号码
	phone text,
	sex_code text,        -- GB/T 2261.1: 0 未知 1 男 2 女 9 未说明
	birth_date date,
	ethnic_code text      -- GB/T 3304: 01 汉族
);
create table his.doctor (
	doctor_id int8 primary key,
	name text,
	department_name text
);
create table his.visit (
	visit_id int8 primary key,
	patient_id int8,
	visit_type text,      -- 门诊 急诊 住院
	department_name text,
	doctor_id int8,
	visit_date timestamp,
	discharge_date timestamp
);
create table his.diagnosis (
	diagnosis_id int8 primary key,
	visit_id int8,
	patient_id int8,
	icd_code text,        -- ICD-10 国标版，含扩展码
	icd_name text,
	diagnosis_type text,  -- 门诊诊断 入院诊断 出院诊断
	diagnosis_date date
);
create table his.operation (
	operation_id int8 primary key,
	visit_id int8,
	patient_id int8,
	operation_code text,  -- ICD-9-CM-3 国标版
	operation_date date
);
create table his.drug_order (
	order_id int8 primary key,
	visit_id int8,
	patient_id int8,
	drug_code text,       -- 本院药品编码
	drug_name text,
	atc_code text,        -- 已对照的 ATC，否则为空
	route_name text,
	quantity numeric,
	days int4,
	start_date date,
	stop_date date
);
create table his.lab_result (
	result_id int8 primary key,
	visit_id int8,
	patient_id int8,
	item_code int4,       -- 本院检验项目编码
	item_name text,
	loinc_code text,      -- 已对照的 LOINC，否则为空
	result_number numeric,
	result_text text,
	unit text,
	range_low numeric,
	range_high numeric,
	report_date timestamp
);
create table his.death (
	patient_id int8 primary key,
	death_date date,
	cause_icd text
);
create table his.opt_out (patient_id int8 primary key);
