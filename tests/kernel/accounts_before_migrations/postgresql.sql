CREATE SCHEMA portal;
CREATE TABLE portal.account (
	id VARCHAR(80) NOT NULL,
	login VARCHAR(80) NOT NULL,
	full_name VARCHAR(200) NOT NULL,
	password_hash VARCHAR(200) NOT NULL,
	must_change BOOLEAN NOT NULL,
	disabled_at TIMESTAMP WITH TIME ZONE,
	failed_count INTEGER NOT NULL,
	locked_until TIMESTAMP WITH TIME ZONE,
	PRIMARY KEY (id),
	UNIQUE (login)
);
CREATE TABLE portal.account_grant (
	account_id VARCHAR(80) NOT NULL,
	number INTEGER NOT NULL,
	role VARCHAR(40) NOT NULL,
	district VARCHAR(40) NOT NULL,
	unit VARCHAR(80),
	valid_from DATE,
	valid_to DATE,
	FOREIGN KEY(account_id) REFERENCES portal.account (id)
);
CREATE TABLE portal.session (
	id_hash VARCHAR(64) NOT NULL,
	account_id VARCHAR(80) NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE NOT NULL,
	last_seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
	ip VARCHAR(64) NOT NULL,
	user_agent VARCHAR(300) NOT NULL,
	PRIMARY KEY (id_hash),
	FOREIGN KEY(account_id) REFERENCES portal.account (id)
);
CREATE INDEX ix_account_grant_account_id ON portal.account_grant (account_id);
CREATE INDEX ix_session_account_id ON portal.session (account_id);
INSERT INTO portal.account VALUES('admin','admin','Quản trị tài khoản','$argon2id$v=19$m=64,t=1,p=1$1tiGHD3GYPreBXRXVD1DfQ$NA/N/lDafGmwZ8PP/IEs8HFyxBcnb1tG1FRwdO/8ofk',false,NULL,0,NULL);
INSERT INTO portal.account VALUES('van-thu.le-binh','clerk','Trần Văn Bé','$argon2id$v=19$m=64,t=1,p=1$dhdoV/2l8lXAtXo3ecujhQ$RQTrAVbe3UmrVlaCCCg4c1nooh3jHm4ndaZDh1C1yLA',false,NULL,0,NULL);
INSERT INTO portal.account VALUES('01a20418-3f9a-7e62-9a0c-8669ecd56c3d','gone','Đã nghỉ','$argon2id$v=19$m=64,t=1,p=1$NQfgfb/AwZCVwnYoE4h6Ew$14/IY9TtIfLJtsYP4uKnv14cSWNvzuz6/HjQKMr/VOA',false,'2026-01-05 01:00:00.000000+00',0,NULL);
INSERT INTO portal.account_grant VALUES('admin',1,'admin','can-tho',NULL,NULL,NULL);
INSERT INTO portal.account_grant VALUES('van-thu.le-binh',1,'group_head','cai-rang','le-binh',NULL,NULL);
INSERT INTO portal.account_grant VALUES('van-thu.le-binh',2,'unit_clerk','cai-rang','le-binh','2020-01-01','2020-12-31');
INSERT INTO portal.account_grant VALUES('01a20418-3f9a-7e62-9a0c-8669ecd56c3d',1,'auditor','can-tho',NULL,NULL,NULL);
INSERT INTO portal.session VALUES('6f96c7cae8b6a5af24a1d7b7e48f7e46319055626dd9c92867fb3e4c056932f5','van-thu.le-binh','2026-01-05 01:00:00.000000+00','2026-01-05 01:00:00.000000+00','2026-01-05 13:00:00.000000+00','10.0.0.1','before');
