// Generated from signaling/protocol by `python -m signaling.protocol.codegen`. Do not edit.

export const PROTOCOL_VERSION = 2;

/** A moment, ISO 8601 in UTC. */
export type Timestamp = string;

export type Role = "tutor" | "student" | "guest";

export type Source = "mic" | "camera" | "screen";

export type Reception = "full" | "saver" | "slides" | "audio" | "text";

export type Provider = "local" | "issuer" | "guest" | "token";

export type InviteRole = "guest" | "student";

export type RosterRole = "tutor" | "student";

export type RosterState = "active" | "removed" | "blocked";

export type ImportStatus = "added" | "updated" | "unchanged" | "failed";

export type LiveClassStatus = "scheduled" | "live" | "ended" | "cancelled";

export type LiveClassType = "lecture" | "discussion" | "quiz" | "demo";

export type NoJoinReason = "not-started" | "ended" | "cancelled" | "full";

export type SeriesScope = "this" | "following" | "all";

export type EndReason = "tutor" | "no-tutor" | "time-over";

export type MessageType = "chat" | "question" | "answer" | "poll" | "system";

export type MessageKind = "text" | "code" | "image" | "file" | "system";

export type ChatRoomKind = "direct" | "course" | "live_class" | "group";

export type WaitingRoom = "off" | "guests" | "everyone";

export type ReactionKind = "thumbs-up" | "thumbs-down" | "clap" | "heart" | "laugh" | "wow" | "party" | "wave";

export type PollKind = "single" | "multiple";

export type ShowResults = "live" | "after-close" | "never";

export type ReceptionCause = "chosen" | "weak-line" | "recovered";

export type Quality = "excellent" | "good" | "poor" | "lost";

export type StreamKind = "publish" | "play";

export type StreamSource = "camera" | "screen";

export type ReportFormat = "json" | "csv";

export type NotificationKind = "live-class-scheduled" | "live-class-starting-soon" | "live-class-started" | "live-class-moved" | "live-class-cancelled" | "live-class-missed" | "message-mention" | "direct-message" | "enrolled";

export type ScheduledJobKind = "reminder" | "auto-start";

export type ScheduledJobState = "pending" | "claimed" | "done" | "missed" | "dropped";

export type WebhookEvent = "live-class-scheduled" | "live-class-moved" | "live-class-cancelled" | "live-class-started" | "live-class-ended" | "live-class-missed" | "enrolment-changed" | "webhook-test";

export type DeliveryState = "pending" | "sent" | "dead" | "dropped";

export type SettingSource = "default" | "file" | "environment";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** Nothing to add to `ok: true`. */
export type Ok = object;

/** A newer token of the same user, so that the connection may stay. */
export interface RenewToken {
  /** 1 to 16384 characters */
  token: string;
}

export interface TokenRenewed {
  expiresAt: Timestamp;
}

/** Hear what is announced in a course. Those one is enrolled in are followed from the start; this is for who left one with `leave-course`, for admins, and for tutors who want to hear a section of their course. */
export interface JoinCourse {
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  courseId: string;
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  sectionId?: string | null;
}

export interface CourseJoined {
  courseId: string;
  sectionId: string | null;
  role: Role;
}

/** Hear no more from a course on this connection; nothing else changes. */
export interface LeaveCourse {
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  courseId: string;
}

/** To one connection, a minute before: send `renew-token`, or the connection ends then. */
export interface TokenExpiring {
  expiresAt: Timestamp;
}

/** To one connection: the server closes it now. `retryAfterMs`: come back after so long, by oneself; None: not without a new token. */
export interface Closing {
  reason: "flood" | "moved" | "signed-out" | "stopping" | "token-expired";
  message: string;
  retryAfterMs: number | null;
}

/** Oneself. `username` and `email` are null for those without a local account. */
export interface Me {
  id: string;
  name: string;
  isAdmin: boolean;
  provider: Provider;
  username: string | null;
  email: string | null;
  createdAt: Timestamp;
  hasPassword: boolean;
}

/** `accessToken` is valid until `expiresAt`; refresh before that. */
export interface SignedIn {
  accessToken: string;
  expiresAt: Timestamp;
  deviceId: string;
  me: Me;
}

/** What a sign-in page offers. `setupNeeded`: there is no admin yet. */
export interface AuthOptions {
  registration: "closed" | "open";
  setupNeeded: boolean;
  minPassword: number;
}

/** `name` is the username or the e-mail address. */
export interface SignIn {
  /** 1 to 254 characters */
  name: string;
  /** 1 to 1024 characters */
  password: string;
}

export interface Register {
  /** 2 to 64 characters, matching `^[A-Za-z0-9][A-Za-z0-9._-]*\Z` */
  username: string;
  /** 1 to 100 characters */
  name: string;
  /** 1 to 1024 characters */
  password: string;
  /** 3 to 254 characters, matching `^[^\s@<>\"(),;:\\]{1,64}@[^\s@<>\"(),;:\\]+\Z` */
  email?: string | null;
}

/** The first admin. `token` is that of the link that the server printed. */
export interface Setup {
  /** 1 to 128 characters */
  token: string;
  /** 2 to 64 characters, matching `^[A-Za-z0-9][A-Za-z0-9._-]*\Z` */
  username: string;
  /** 1 to 100 characters */
  name: string;
  /** 1 to 1024 characters */
  password: string;
  /** 3 to 254 characters, matching `^[^\s@<>\"(),;:\\]{1,64}@[^\s@<>\"(),;:\\]+\Z` */
  email?: string | null;
}

/** `token` is that of a link made by an admin; it works once. */
export interface SetPassword {
  /** 1 to 128 characters */
  token: string;
  /** 1 to 1024 characters */
  password: string;
}

/** What is left out stays. `email` null takes it away. */
export interface ChangeMe {
  /** 1 to 100 characters */
  name?: string;
  /** 3 to 254 characters, matching `^[^\s@<>\"(),;:\\]{1,64}@[^\s@<>\"(),;:\\]+\Z` */
  email?: string | null;
}

/** All other devices are signed out. */
export interface ChangePassword {
  /** 1 to 1024 characters */
  password: string;
  /** 1 to 1024 characters */
  newPassword: string;
}

/** A sign-in. `label` is what the browser said of itself. */
export interface Device {
  id: string;
  label: string;
  address: string;
  createdAt: Timestamp;
  lastUsedAt: Timestamp;
  expiresAt: Timestamp;
  isCurrent: boolean;
}

/** Last used first. */
export interface DeviceList {
  items: Device[];
  nextCursor: string | null;
}

export interface DeviceQuery {
  /** 1 to 1000 characters, letters, digits, `_` and `-` only */
  cursor?: string | null;
  limit?: number;
}

/** To the user: the sign-in `deviceId` is over, with null every one; the server closes those connections. */
export interface SignedOut {
  reason: "blocked" | "password-changed" | "signed-out" | "token-reused";
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  deviceId: string | null;
}

/** Anybody known here, as an admin sees them. */
export interface User {
  id: string;
  name: string;
  provider: Provider;
  username: string | null;
  email: string | null;
  isAdmin: boolean;
  isBlocked: boolean;
  createdAt: Timestamp;
  lastSeenAt: Timestamp | null;
}

/** `search`: words, each of which is in the name, the username or the e-mail address. */
export interface UserQuery {
  /** 0 to 200 characters */
  search?: string;
  blocked?: boolean | null;
  /** 1 to 1000 characters, letters, digits, `_` and `-` only */
  cursor?: string | null;
  limit?: number;
}

/** By name. */
export interface UserList {
  items: User[];
  nextCursor: string | null;
}

/** A local account, with a username, an e-mail address or both. Without `password`: by a password link. */
export interface CreateUser {
  /** 1 to 100 characters */
  name: string;
  /** 2 to 64 characters, matching `^[A-Za-z0-9][A-Za-z0-9._-]*\Z` */
  username?: string | null;
  /** 3 to 254 characters, matching `^[^\s@<>\"(),;:\\]{1,64}@[^\s@<>\"(),;:\\]+\Z` */
  email?: string | null;
  /** 1 to 1024 characters */
  password?: string | null;
  isAdmin?: boolean;
}

/** What is left out stays. */
export interface ChangeUser {
  /** 1 to 100 characters */
  name?: string;
  isAdmin?: boolean;
}

/** `reason` is for the audit log. */
export interface BlockUser {
  /** 0 to 500 characters */
  reason?: string;
}

/** For `set-password`; shown once. The page of the web client is `/set-password#token=…`. */
export interface PasswordLink {
  token: string;
  expiresAt: Timestamp;
}

export interface BlockedUser {
  id: string;
  name: string;
  blockedAt: Timestamp;
}

export interface BlockedUserQuery {
  /** 1 to 1000 characters, letters, digits, `_` and `-` only */
  cursor?: string | null;
  limit?: number;
}

/** Latest first. */
export interface BlockedUserList {
  items: BlockedUser[];
  nextCursor: string | null;
}

/** `target` is the id of a user, or of whatever it was done to; `details` depends on `action`. Names and titles are those of today, null where there is nothing of that id. */
export interface AuditEntry {
  id: number;
  at: Timestamp;
  actorId: string;
  actorName: string | null;
  action: string;
  target: string;
  targetName: string | null;
  courseId: string | null;
  courseTitle: string | null;
  details: Record<string, unknown>;
}

export interface AuditQuery {
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  courseId?: string | null;
  /** 1 to 128 characters */
  actorId?: string | null;
  /** 1 to 128 characters */
  target?: string | null;
  /** 1 to 64 characters */
  action?: string | null;
  /** 1 to 1000 characters, letters, digits, `_` and `-` only */
  cursor?: string | null;
  limit?: number;
}

/** Newest first. */
export interface AuditList {
  items: AuditEntry[];
  nextCursor: string | null;
}

/** `maxUses` null: as many as come. `revokedAt`: nobody else is let in; who is in stays. */
export interface Invite {
  id: string;
  courseId: string;
  liveClassId: string | null;
  role: InviteRole;
  label: string;
  token: string;
  expiresAt: Timestamp;
  maxUses: number | null;
  uses: number;
  createdBy: string;
  createdAt: Timestamp;
  revokedAt: Timestamp | null;
}

/** `liveClassId`: the invite leads to that class and ends with it. `expiresAt` left out: `accounts.invite_days` from now, and at most a year. */
export interface CreateInvite {
  role?: InviteRole;
  /** 0 to 100 characters */
  label?: string;
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  liveClassId?: string | null;
  expiresAt?: Timestamp | null;
  maxUses?: number | null;
}

export interface InviteQuery {
  /** 1 to 1000 characters, letters, digits, `_` and `-` only */
  cursor?: string | null;
  limit?: number;
}

/** Newest first. */
export interface InviteList {
  items: Invite[];
  nextCursor: string | null;
}

/** What somebody with the link may know before they accept. `tutors`: the first of them, by name. What is about the class is null in an invite to a course; `startedAt` is null while the class does not run. */
export interface InviteInfo {
  courseTitle: string;
  liveClassTitle: string | null;
  role: InviteRole;
  tutors: string[];
  scheduledAt: Timestamp | null;
  durationMinutes: number | null;
  startedAt: Timestamp | null;
}

/** `name` is a guest's; those who are signed in come with theirs. */
export interface AcceptInvite {
  /** 1 to 100 characters */
  name?: string | null;
}

/** `token` and `expiresAt` are a guest's; null for those who are signed in, whose own token opens the course now. `role` is what one is in the course, which for a member stays what it was. */
export interface InviteAccepted {
  userId: string;
  courseId: string;
  liveClassId: string | null;
  role: Role;
  token: string | null;
  expiresAt: Timestamp | null;
}

/** `isOnline`: connected with at least one device, to any server. `lastSeenAt` is exact once they are gone; null for those who never were here. */
export interface UserPresence {
  userId: string;
  isOnline: boolean;
  lastSeenAt: Timestamp | null;
}

/** To everyone connected who belongs to the course: who came and who is gone, gathered for half a second. A connection that is back within two seconds was never gone. */
export interface PresenceChanged {
  courseId: string;
  users: UserPresence[];
}

/** `userIds`: ids with commas between them, at most 200. */
export interface PresenceQuery {
  /** 1 to 20000 characters */
  userIds: string;
}

/** Those one shares a course with; the others are left out. */
export interface PresenceList {
  items: UserPresence[];
}

/** A part of a course's students, with live classes of its own. */
export interface Section {
  id: string;
  name: string;
  createdAt: Timestamp;
}

/** `role` is one's own; null for an admin who is not in it. `memberCount` counts everyone in it now. */
export interface Course {
  id: string;
  title: string;
  description: string;
  role: Role | null;
  sectionId: string | null;
  memberCount: number;
  createdBy: string | null;
  createdAt: Timestamp;
  archivedAt: Timestamp | null;
}

/** Whoever creates a course is its first tutor. */
export interface CreateCourse {
  /** 1 to 200 characters */
  title: string;
  /** 0 to 4000 characters */
  description?: string;
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  id?: string | null;
}

/** What is left out stays. */
export interface UpdateCourse {
  /** 1 to 200 characters */
  title?: string;
  /** 0 to 4000 characters */
  description?: string;
}

/** `archived` left out: both. */
export interface CourseQuery {
  archived?: boolean | null;
  /** 1 to 1000 characters, letters, digits, `_` and `-` only */
  cursor?: string | null;
  limit?: number;
}

/** Newest first. Those one is in; admins get all. */
export interface CourseList {
  items: Course[];
  nextCursor: string | null;
}

export interface CreateSection {
  /** 1 to 100 characters */
  name: string;
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  id?: string | null;
}

export interface RenameSection {
  /** 1 to 100 characters */
  name: string;
}

/** By name; at most 200. */
export interface SectionList {
  items: Section[];
}

/** Somebody in a course. `email` is for tutors' eyes, null for others. */
export interface RosterEntry {
  userId: string;
  name: string;
  email: string | null;
  role: Role;
  sectionId: string | null;
  state: RosterState;
  enrolledAt: Timestamp;
}

/** `search`: words in names, and for tutors in e-mail addresses. Those who are removed are shown to tutors alone. */
export interface RosterQuery {
  /** 0 to 100 characters */
  search?: string;
  role?: Role | null;
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  sectionId?: string | null;
  state?: RosterState;
  /** 1 to 1000 characters, letters, digits, `_` and `-` only */
  cursor?: string | null;
  limit?: number;
}

/** By name. */
export interface RosterList {
  items: RosterEntry[];
  nextCursor: string | null;
}

/** Somebody with an account, by id or e-mail address; or somebody new, by e-mail address and name. A new account has no password yet: its owner gets one by a link. */
export interface AddToRoster {
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  userId?: string | null;
  /** 3 to 254 characters, matching `^[^\s@<>\"(),;:\\]{1,64}@[^\s@<>\"(),;:\\]+\Z` */
  email?: string | null;
  /** 1 to 100 characters */
  name?: string | null;
  role?: RosterRole;
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  sectionId?: string | null;
}

/** What is left out stays. `sectionId` null: in no section. */
export interface UpdateRosterEntry {
  role?: RosterRole;
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  sectionId?: string | null;
}

/** `dryRun`: only say what would happen. `createSections`: a section that is not there is made; else its line fails. */
export interface ImportQuery {
  dryRun?: boolean;
  createSections?: boolean;
}

/** What became of one line of the file. `reason` says why it failed. */
export interface ImportedLine {
  line: number;
  status: ImportStatus;
  name: string;
  email: string;
  reason: string | null;
}

/** Every line with something in it, in the order of the file. `dryRun`: nothing was changed. */
export interface ImportReport {
  dryRun: boolean;
  added: number;
  updated: number;
  unchanged: number;
  failed: number;
  lines: ImportedLine[];
}

/** To all devices of a user: what they are in a course now; `role` null: in it no longer. */
export interface EnrolmentChanged {
  courseId: string;
  sectionId: string | null;
  role: Role | null;
}

/** A STUN or TURN server to hand to the media connection; credentials are valid for a limited time. */
export interface IceServer {
  urls: string[];
  username?: string | null;
  credential?: string | null;
}

/** How many receiving lines a client should offer, and what helps it through firewalls. */
export interface MediaSetup {
  audioSlots: number;
  videoSlots: number;
  iceServers: IceServer[];
}

/** A planned meeting; `sessionId` is the running or last session. `participantCount` is the number of people in the room now, 0 when no session runs. `sectionId` null: for the whole course. `maxParticipants` null: as the server's settings say. `seriesId` is that of the recurring classes it belongs to. */
export interface LiveClass {
  id: string;
  courseId: string;
  sectionId: string | null;
  title: string;
  description: string;
  type: LiveClassType;
  status: LiveClassStatus;
  scheduledAt: Timestamp | null;
  durationMinutes: number | null;
  maxParticipants: number | null;
  waitingRoom: boolean;
  autoStart: boolean;
  recording: boolean;
  seriesId: string | null;
  createdBy: string | null;
  cancelReason: string | null;
  sessionId: string | null;
  startedAt: Timestamp | null;
  endedAt: Timestamp | null;
  participantCount: number;
}

/** To everyone connected who belongs to the course. */
export interface LiveClassStarted {
  liveClass: LiveClass;
}

/** To everyone connected who belongs to the course, and so to the room. */
export interface LiveClassEnded {
  liveClass: LiveClass;
  reason: EndReason;
}

/** A new live class was planned. To everyone connected whom it concerns: the course, or its section. */
export interface LiveClassScheduled {
  liveClass: LiveClass;
}

/** A live class was moved or changed. */
export interface LiveClassUpdated {
  liveClass: LiveClass;
}

/** It will not take place. */
export interface LiveClassCancelled {
  liveClass: LiveClass;
  reason: string | null;
}

/** It is not there any more. */
export interface LiveClassDeleted {
  liveClassId: string;
  courseId: string;
}

/** A running live class takes longer or shorter than planned; null: as long as it takes. */
export interface LiveClassDurationUpdated {
  liveClassId: string;
  sessionId: string;
  durationMinutes: number | null;
  remainingSeconds: number | null;
}

/** To everyone in the room, again and again. `remainingSeconds` is null without a planned length, and negative when the time is over. */
export interface LiveClassProgress {
  liveClassId: string;
  sessionId: string;
  elapsedSeconds: number;
  remainingSeconds: number | null;
  participantCount: number;
}

/** `rrule` such as `FREQ=WEEKLY;BYDAY=MO,WE`: of days, as the time of day is that of `scheduledAt`. `timeZone` is an IANA name. At most one of `until` and `count` says where it ends, here or in the rule. */
export interface Recurrence {
  /** 1 to 500 characters */
  rrule: string;
  /** 1 to 64 characters */
  timeZone: string;
  until?: Timestamp | null;
  count?: number | null;
}

/** A new live class. `courseId` may be left out when the token is of one course alone. Without `scheduledAt` it is started when a tutor likes. With `recurrence` the first is made at the first day of the rule on or after `scheduledAt`. */
export interface CreateLiveClass {
  /** 1 to 200 characters */
  title: string;
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  id?: string | null;
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  courseId?: string | null;
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  sectionId?: string | null;
  /** 0 to 4000 characters */
  description?: string;
  type?: LiveClassType;
  scheduledAt?: Timestamp | null;
  durationMinutes?: number | null;
  maxParticipants?: number | null;
  waitingRoom?: boolean;
  autoStart?: boolean;
  recording?: boolean;
  recurrence?: Recurrence | null;
}

/** What is left out stays. While it runs only `title`, `description`, `durationMinutes`, `maxParticipants` and `waitingRoom` can be changed; when it has ended `title` and `description`. `scope` of a recurring one: this one, this and those after it, or all that are still to come. With more than this one `scheduledAt` sets the time of day; another day needs a new `recurrence`. */
export interface UpdateLiveClass {
  /** 1 to 200 characters */
  title?: string;
  /** 0 to 4000 characters */
  description?: string;
  type?: LiveClassType;
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  sectionId?: string | null;
  scheduledAt?: Timestamp | null;
  durationMinutes?: number | null;
  maxParticipants?: number | null;
  waitingRoom?: boolean;
  autoStart?: boolean;
  recording?: boolean;
  recurrence?: Recurrence;
  scope?: SeriesScope;
}

export interface CancelLiveClass {
  /** 0 to 500 characters */
  reason?: string | null;
  scope?: SeriesScope;
}

export interface DeleteLiveClassQuery {
  scope?: SeriesScope;
}

/** `from` and `to` are about `scheduledAt`, without one about the creation; `to` is not included. */
export interface LiveClassQuery {
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  courseId?: string | null;
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  sectionId?: string | null;
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  seriesId?: string | null;
  status?: "cancelled" | "ended" | "live" | "upcoming" | null;
  from?: Timestamp | null;
  to?: Timestamp | null;
  /** 1 to 1000 characters, letters, digits, `_` and `-` only */
  cursor?: string | null;
  limit?: number;
}

/** `upcoming` with the soonest first, everything else with the newest first. */
export interface LiveClassList {
  items: LiveClass[];
  nextCursor: string | null;
}

/** Somebody in the room now, with each of their devices counted. `isReconnecting`: all of them have lost their connection. */
export interface ConnectedPerson {
  userId: string;
  name: string;
  role: Role;
  devices: number;
  joinedAt: Timestamp;
  isReconnecting: boolean;
}

/** `connected` is null for those who may not see the roster. `recurrence` is the rule of its series. */
export interface LiveClassDetails {
  id: string;
  courseId: string;
  sectionId: string | null;
  title: string;
  description: string;
  type: LiveClassType;
  status: LiveClassStatus;
  scheduledAt: Timestamp | null;
  durationMinutes: number | null;
  maxParticipants: number | null;
  waitingRoom: boolean;
  autoStart: boolean;
  recording: boolean;
  seriesId: string | null;
  createdBy: string | null;
  cancelReason: string | null;
  sessionId: string | null;
  startedAt: Timestamp | null;
  endedAt: Timestamp | null;
  participantCount: number;
  connected: ConnectedPerson[] | null;
  recurrence: Recurrence | null;
}

/** What is needed to join: with `canJoin`, connect to Socket.IO at `socketPath` and send `join-session`. `waits`: somebody has to let them in first. `url`: the server that hosts the room, null for this one. `media`: for who may come in at once, so that `connect-media` can follow `join-session` without waiting for its answer. `tutors`: the first of them, by name. `receptionUse`: what each step of the ladder costs, to choose before joining. `now`: the server's clock, for who counts down by a clock that is wrong. */
export interface JoinInfo {
  liveClass: LiveClass;
  role: Role;
  tutors: string[];
  receptionUse: ReceptionUse[];
  now: Timestamp;
  sessionId: string | null;
  canJoin: boolean;
  reason: NoJoinReason | null;
  waits: boolean;
  url: string | null;
  socketPath: string;
  media: MediaSetup | null;
}

/** How many of one's devices were in the room and have left. */
export interface Left {
  devices: number;
}

/** Somebody who is or was in the room, over all sessions. `lastSeenAt` is now for those who are there. */
export interface Attendee {
  userId: string;
  name: string;
  role: Role;
  firstJoinedAt: Timestamp;
  lastSeenAt: Timestamp;
  isConnected: boolean;
}

/** `connected` left out: both. */
export interface AttendeeQuery {
  connected?: boolean | null;
  /** 1 to 1000 characters, letters, digits, `_` and `-` only */
  cursor?: string | null;
  limit?: number;
}

/** In the order of joining. */
export interface AttendeeList {
  items: Attendee[];
  nextCursor: string | null;
}

/** `createdAt` null: there is none. The address itself is told when it is made, and not again. */
export interface CalendarFeed {
  createdAt: Timestamp | null;
}

/** `url` is secret. */
export interface NewCalendarFeed {
  url: string;
  createdAt: Timestamp;
}

/** `size` in bytes. `width` and `height` in pixels, of images; `hasPreview`: a small picture of it. */
export interface Attachment {
  id: string;
  name: string;
  mediaType: string;
  size: number;
  width: number | null;
  height: number | null;
  hasPreview: boolean;
}

/** `name` is the file's name; it is cleaned. */
export interface UploadQuery {
  /** 1 to 1000 characters */
  name: string;
}

/** `userIds` are the first few who reacted so, and the asker if he did. */
export interface Reaction {
  emoji: string;
  count: number;
  userIds: string[];
}

/** One message. `id` is made by the sender and unique in the room. `participantId` is the seat it was said from, if any. A deleted message keeps its place: `deletedAt` is set, and text and attachments are empty. */
export interface ChatMessage {
  id: string;
  roomId: string;
  seq: number;
  changedSeq: number;
  userId: string | null;
  participantId: string | null;
  name: string;
  role: Role | null;
  type: MessageType;
  kind: MessageKind;
  text: string;
  language: string | null;
  replyTo: string | null;
  replyCount: number;
  mentions: string[];
  mentionsAll: boolean;
  attachments: Attachment[];
  reactions: Reaction[];
  isPinned: boolean;
  sentAt: Timestamp;
  editedAt: Timestamp | null;
  deletedAt: Timestamp | null;
  isModerated: boolean;
}

/** Something to say. `id` is made by the client: a retry with the same one never doubles it. `kind` follows from the attachments unless it is `code`. `mentions` are users of the room; `mentionAll` is for tutors and the owner of a group. */
export interface PostMessage {
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  id: string;
  /** 0 to 4000 characters */
  text?: string;
  type?: "answer" | "chat" | "question";
  kind?: "code" | "file" | "image" | "text" | null;
  /** 1 to 32 characters, matching `^[A-Za-z0-9+#._-]+\Z` */
  language?: string | null;
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  replyTo?: string | null;
  /** 0 to 10 entries */
  attachments?: string[];
  /** 0 to 20 entries */
  mentions?: string[];
  mentionAll?: boolean;
}

/** Say something in a chat room; without `roomId` in that of the class one sits in. A retry with the same `id` never doubles it. The other fields are those of `PostMessage`. */
export interface SendMessage {
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  id: string;
  /** 0 to 4000 characters */
  text?: string;
  type?: "answer" | "chat" | "question";
  kind?: "code" | "file" | "image" | "text" | null;
  /** 1 to 32 characters, matching `^[A-Za-z0-9+#._-]+\Z` */
  language?: string | null;
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  replyTo?: string | null;
  /** 0 to 10 entries */
  attachments?: string[];
  /** 0 to 20 entries */
  mentions?: string[];
  mentionAll?: boolean;
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  roomId?: string | null;
}

export interface MessageSent {
  message: ChatMessage;
}

/** Change the text of one's own message, for as long as the settings allow. */
export interface EditMessage {
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  roomId: string;
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  messageId: string;
  /** 0 to 4000 characters */
  text: string;
}

/** Take a message away: one's own, or as a moderator anybody's. */
export interface DeleteMessage {
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  roomId: string;
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  messageId: string;
}

/** React with one emoji, or take that back. */
export interface SetReaction {
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  roomId: string;
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  messageId: string;
  /** 1 to 32 characters */
  emoji: string;
  isOn?: boolean;
}

/** Tutors, and the owner of a group; both people of a direct room. */
export interface PinMessage {
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  roomId: string;
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  messageId: string;
  isPinned?: boolean;
}

/** Everything up to `seq` was seen. It never goes back. */
export interface MarkChatRead {
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  roomId: string;
  seq: number;
}

/** How far somebody has read. */
export interface ReadMark {
  userId: string;
  seq: number;
  readAt: Timestamp;
}

/** `seq` may be higher than asked: another device has read further. */
export interface MarkedRead {
  seq: number;
  unread: number;
}

/** One is writing, or no longer. Say it again every few seconds; it is forgotten after 5 s. Without `roomId`: in the room of the class. */
export interface Typing {
  isTyping: boolean;
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  roomId?: string | null;
}

/** Follow a chat room with this connection: who is typing, and the messages of a class. `lastSeq` asks for what changed since. */
export interface OpenChat {
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  roomId: string;
  lastSeq?: number | null;
}

export interface CloseChat {
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  roomId: string;
}

/** Ask for what changed since `lastSeq`. */
export interface SyncChat {
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  roomId: string;
  lastSeq: number;
}

/** A chat room as of `seq`. `reset`: forget what is known, `messages` are the latest; else they are those that are new or changed. In the order of their places. */
export interface ChatSync {
  roomId: string;
  seq: number;
  reset: boolean;
  messages: ChatMessage[];
}

/** With a `replyTo`, that message has one reply more. */
export interface NewMessage {
  roomId: string;
  seq: number;
  message: ChatMessage;
}

/** It was edited, pinned or unpinned; `message` is its new state but for the reactions, which stay. */
export interface MessageUpdated {
  roomId: string;
  seq: number;
  message: ChatMessage;
}

/** `message` is what is left of it. */
export interface MessageDeleted {
  roomId: string;
  seq: number;
  message: ChatMessage;
}

/** Somebody reacted, or took that back; `count` is how many react so now. */
export interface ReactionChanged {
  roomId: string;
  seq: number;
  messageId: string;
  emoji: string;
  userId: string;
  isOn: boolean;
  count: number;
}

/** How far somebody has read: to all in direct rooms and groups, elsewhere to oneself on other devices. Not a change of the room: `readSeq` is a place in it. */
export interface MessagesRead {
  roomId: string;
  userId: string;
  readSeq: number;
  readAt: Timestamp;
}

export interface TypingUser {
  userId: string;
  name: string;
}

/** To those who follow the room: who is writing now, the first few of them. Each replaces the one before. */
export interface UserTyping {
  roomId: string;
  users: TypingUser[];
  count: number;
}

/** `role` is that in the course, None where there is none. `isOwner`: of a group. */
export interface ChatParticipant {
  userId: string;
  name: string;
  role: Role | null;
  isOwner: boolean;
}

/** `title` of a direct room is None: show the other participant. `participants` are the first of a direct room or group. `seq` counts the changes, `lastSeq` is the place of the latest message. */
export interface ChatRoom {
  id: string;
  kind: ChatRoomKind;
  title: string | null;
  courseId: string | null;
  liveClassId: string | null;
  createdBy: string | null;
  createdAt: Timestamp;
  seq: number;
  lastSeq: number;
  lastAt: Timestamp;
  isLocked: boolean;
  participants: ChatParticipant[];
}

/** What is needed: by a `direct` room one of `userIds`, by a `group` a `title` and, if wanted, more `userIds`, by `course` a `courseId`, by `live_class` a `liveClassId`. All but groups are there once: they are found, or made. */
export interface CreateChatRoom {
  kind: ChatRoomKind;
  /** 0 to 199 entries */
  userIds?: string[];
  /** 1 to 200 characters */
  title?: string | null;
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  courseId?: string | null;
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  liveClassId?: string | null;
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  id?: string | null;
}

export interface UpdateChatRoom {
  /** 1 to 200 characters */
  title: string;
}

export interface PageQuery {
  /** 1 to 1000 characters, letters, digits, `_` and `-` only */
  cursor?: string | null;
  limit?: number;
}

/** To everyone in a direct room or group: it is new, or its title or participants changed. */
export interface ChatRoomUpdated {
  room: ChatRoom;
}

/** One is no longer in this room. */
export interface ChatRoomLeft {
  roomId: string;
}

/** A room in one's list. `unread` counts messages of others after `readSeq`, up to 100; `mentions` those of them that name one. */
export interface ChatRoomItem {
  room: ChatRoom;
  lastMessage: ChatMessage | null;
  readSeq: number;
  unread: number;
  mentions: number;
}

/** What had a message last comes first. */
export interface ChatRoomList {
  items: ChatRoomItem[];
  nextCursor: string | null;
}

export interface ChatParticipantList {
  items: ChatParticipant[];
  nextCursor: string | null;
}

/** Somebody who may not write in the chats of a course. */
export interface ChatMuted {
  userId: string;
  name: string;
  mutedBy: string;
  mutedAt: Timestamp;
}

export interface ChatMutedList {
  items: ChatMuted[];
  nextCursor: string | null;
}

export interface MuteInChat {
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  userId: string;
}

/** Places in the room: `before` and `after` one, or `around` it; at most one of these and `cursor`. `thread`: the replies to a message. `pinned`: only those. */
export interface MessageQuery {
  before?: number | null;
  after?: number | null;
  around?: number | null;
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  thread?: string | null;
  pinned?: boolean;
  /** 1 to 1000 characters, letters, digits, `_` and `-` only */
  cursor?: string | null;
  limit?: number;
}

/** In the order of their places. `nextCursor` goes on where the list was going: with `after` to newer ones, else to older ones. */
export interface MessageList {
  items: ChatMessage[];
  hasOlder: boolean;
  hasNewer: boolean;
  nextCursor: string | null;
}

export interface EditText {
  /** 0 to 4000 characters */
  text: string;
}

export interface ReactTo {
  /** 1 to 32 characters */
  emoji: string;
  isOn?: boolean;
}

export interface Pin {
  isPinned: boolean;
}

export interface ReadUpTo {
  seq: number;
}

export interface ReadMarkList {
  items: ReadMark[];
  nextCursor: string | null;
}

export interface ChangesQuery {
  lastSeq: number;
}

/** `until`: when it was replaced or deleted; None for what it says now. */
export interface MessageVersion {
  text: string;
  until: Timestamp | null;
}

/** Oldest first. */
export interface MessageVersionList {
  items: MessageVersion[];
  deletedBy: string | null;
}

/** Words that must all be there, or begin so; "several words" in quotes as they stand; -word: not this one. */
export interface ChatSearchQuery {
  /** 1 to 200 characters */
  q: string;
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  roomId?: string | null;
  /** 1 to 1000 characters, letters, digits, `_` and `-` only */
  cursor?: string | null;
  limit?: number;
}

export interface Fragment {
  text: string;
  isMatch: boolean;
}

/** `snippet`: the part around the first match, as plain text in pieces. */
export interface ChatSearchHit {
  message: ChatMessage;
  roomTitle: string | null;
  snippet: Fragment[];
}

/** Newest first. */
export interface ChatSearchList {
  items: ChatSearchHit[];
  nextCursor: string | null;
}

/** A raised hand. The list of hands is ordered: first raised, first. `isAnswered`: it is this person's turn, who may speak also while microphones are locked, until the hand is lowered. */
export interface Hand {
  participantId: string;
  raisedAt: Timestamp;
  isAnswered: boolean;
}

/** Join the queue of raised hands; nothing changes when already in it. */
export type RaiseHand = Record<string, never>;

/** Leave the queue; a tutor may name somebody else. Whoever was let speak is then locked like the others. */
export interface LowerHand {
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  participantId?: string | null;
}

/** Tutor only: empty the queue. */
export type LowerAllHands = Record<string, never>;

/** Tutor only: give somebody the right to speak, also under locked microphones. They are asked to switch the mic on (`may-speak`); nobody is forced on. Ends when the hand is lowered. */
export interface LetSpeak {
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  participantId: string;
}

/** To one client: a tutor lets this person speak; offer to switch the mic on. */
export interface MaySpeak {
  byName: string;
}

export interface HandsChanged {
  seq: number;
  hands: Hand[];
}

/** What holds for everyone but tutors, for latecomers and after a reconnect too. A locked source is not forwarded, whatever a client sends; see `AllowPublish` and `LetSpeak` for exceptions. `isLocked`: nobody new gets in. `lowBandwidth`: microphones are asked for less, from the next time that they are connected. */
export interface RoomPolicy {
  micLocked?: boolean;
  cameraLocked?: boolean;
  screenByStudents?: boolean;
  isLocked?: boolean;
  waitingRoom?: WaitingRoom;
  chatLocked?: boolean;
  lowBandwidth?: boolean;
}

/** Tutor only: change what the room allows. What is left out stays as it is. */
export interface SetRoomPolicy {
  micLocked?: boolean | null;
  cameraLocked?: boolean | null;
  screenByStudents?: boolean | null;
  isLocked?: boolean | null;
  waitingRoom?: WaitingRoom | null;
  chatLocked?: boolean | null;
  lowBandwidth?: boolean | null;
}

/** The whole policy, and who set it. What is locked now was switched off. */
export interface RoomPolicyChanged {
  seq: number;
  policy: RoomPolicy;
  byName: string;
}

/** Tutor only: what somebody may publish in spite of the policy. Replaces what was allowed before; an empty list takes it back. A `screen` here lets a student share. */
export interface AllowPublish {
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  participantId: string;
  /** 0 to 3 entries */
  sources: Source[];
}

/** Somebody at the door. `participantId` will be that of the seat. */
export interface WaitingPerson {
  participantId: string;
  userId: string;
  name: string;
  role: Role;
  since: Timestamp;
}

/** Tutor only: let somebody in, for the rest of the session and with every device. */
export interface Admit {
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  participantId: string;
}

/** Tutor only: let everyone in who waits now. */
export type AdmitAll = Record<string, never>;

/** Tutor only: send somebody away who waits; with `ban` for the rest of the session. */
export interface Deny {
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  participantId: string;
  ban?: boolean;
}

/** To tutors: everyone who waits, first come, first. Not numbered: the next one replaces it. */
export interface WaitingChanged {
  people: WaitingPerson[];
}

/** To one client that waits: send `join-session` again, the seat is free. */
export type Admitted = Record<string, never>;

/** Tutor only: switch somebody's mic off. They can switch it on again; nobody can be forced on. */
export interface MuteUser {
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  participantId: string;
}

/** Tutor only: switch every mic off but the tutors' and those named. People can switch on again, unless the room's policy locks microphones. */
export interface MuteAll {
  /** 0 to 1000 entries */
  except?: string[];
}

/** Tutor only: take somebody out of the session, with all devices; with `ban` for the rest of it. */
export interface RemoveUser {
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  participantId: string;
  ban?: boolean;
}

/** Tutor only: make somebody a co-tutor of this session (`tutor`), or take that back (`student`). Tutors of the course stay what they are. A co-tutor may do in the room what a tutor may, but not end it. */
export interface PromoteUser {
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  participantId: string;
  role: RosterRole;
}

/** To one client: a tutor switched its mic off; it should stop capturing. */
export interface Muted {
  byName: string;
}

/** To one client: it is no longer in the session and should not come back by itself. `denied`: it was waiting, and was not let in. */
export interface Removed {
  reason: "denied" | "ended" | "removed" | "replaced";
  message: string;
}

/** Show a feeling to everyone. */
export interface React {
  kind: ReactionKind;
}

export interface ReactionCount {
  kind: ReactionKind;
  count: number;
}

/** What was shown since the last one of these, at most every 500 ms. Not numbered, not kept. */
export interface RoomReactions {
  counts: ReactionCount[];
}

/** Tutor only: a line of captions, for everyone. */
export interface SendCaption {
  /** 1 to 500 characters */
  text: string;
}

/** A line that `name` wrote just now. Not numbered, not kept. */
export interface Caption {
  name: string;
  text: string;
}

/** A poll as everyone sees it. `isQuiz`: there is a right answer; `correct` and `explanation` are told once it is closed, to tutors always. */
export interface Poll {
  id: string;
  question: string;
  kind: PollKind;
  options: string[];
  isAnonymous: boolean;
  isQuiz: boolean;
  showResults: ShowResults;
  mayChange: boolean;
  openedAt: Timestamp | null;
  closedAt: Timestamp | null;
  correct: number[] | null;
  explanation: string | null;
}

/** `counts` are people per option, `voters` people in all; `right` are those who answered a quiz right, told to tutors, and to others once it is closed. Not numbered as an event: the next one replaces it. */
export interface PollResults {
  pollId: string;
  voters: number;
  counts: number[];
  right: number | null;
}

/** To one user: this poll has one's vote. `choices` is null in an anonymous poll: nobody keeps them. */
export interface PollVote {
  pollId: string;
  choices: number[] | null;
}

/** What somebody chose in a poll that is not anonymous. */
export interface PollAnswer {
  userId: string;
  name: string;
  choices: number[];
  votedAt: Timestamp;
}

/** To tutors: a poll with its right answers and results; not opened yet, it is a draft. `answers` are told by REST alone, and null in an anonymous poll. */
export interface PollReport {
  sessionId: string;
  createdBy: string;
  createdAt: Timestamp;
  poll: Poll;
  results: PollResults;
  answers: PollAnswer[] | null;
}

/** Tutor only: ask something. `correct` makes it a quiz. An anonymous vote cannot be changed, since nobody keeps it. With `launch` it opens at once. A retry with the same `id` makes no second poll. */
export interface CreatePoll {
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  id: string;
  /** 1 to 500 characters */
  question: string;
  /** 2 to 20 entries */
  options: string[];
  kind?: PollKind;
  isAnonymous?: boolean;
  mayChange?: boolean;
  showResults?: ShowResults;
  /** 0 to 20 entries */
  correct?: number[] | null;
  /** 0 to 2000 characters */
  explanation?: string | null;
  launch?: boolean;
}

export interface PollCreated {
  report: PollReport;
}

/** Tutor only: open a draft for votes. */
export interface LaunchPoll {
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  pollId: string;
}

/** Vote: one vote per user, whatever the devices. One choice of a `single` poll, one or more of a `multiple`. */
export interface VotePoll {
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  pollId: string;
  /** 1 to 20 entries */
  choices: number[];
}

/** Tutor only: no more votes. */
export interface ClosePoll {
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  pollId: string;
}

export interface PollOpened {
  seq: number;
  poll: Poll;
}

/** `results` is null when they are not shown. */
export interface PollClosed {
  seq: number;
  poll: Poll;
  results: PollResults | null;
}

/** To tutors: a poll was drafted, opened or closed. */
export interface PollChanged {
  report: PollReport;
}

export interface PollQuery {
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  sessionId?: string | null;
  /** 1 to 1000 characters, letters, digits, `_` and `-` only */
  cursor?: string | null;
  limit?: number;
}

/** In the order in which they were made, newest first. */
export interface PollList {
  items: PollReport[];
  nextCursor: string | null;
}

/** What a step of the ladder costs about, in megabytes per hour of class, with one person speaking. */
export interface ReceptionUse {
  reception: Reception;
  megabytesPerHour: number;
}

/** Choose a step: `full`, `saver` (one small video), `slides` (sound, and still pictures of the shared screen), `audio`, `text` (no media at all). What one sends is not touched. On a weak line the server steps further down by itself, and up again to what was chosen; not when `pinned`. That is also how a step down is undone. */
export interface SetReception {
  reception: Reception;
  pinned?: boolean;
}

/** To one client: the step it is on now, and why. `chosen` is the step that was asked for. */
export interface ReceptionChanged {
  reception: Reception;
  chosen: Reception;
  pinned: boolean;
  cause: ReceptionCause;
}

/** Tutor only: suggest a step to one participant, or with null to everyone but tutors. */
export interface SuggestReception {
  reception: Reception;
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  participantId?: string | null;
}

/** To one client: a tutor suggests this step; `SetReception` takes it up. */
export interface ReceptionSuggested {
  reception: Reception;
  by: string;
}

/** A video track on the client's screen. `height`: of its tile in device pixels, 0 when it cannot be seen. */
export interface TrackWish {
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  participantId: string;
  source: StreamSource;
  height: number;
}

/** What the client shows, in the order of its layout; the whole list each time. Named tracks come into slots before others. Null: the server decides. */
export interface SetWishes {
  /** 0 to 100 entries */
  wishes: TrackWish[] | null;
}

/** To a publisher: the simulcast layers of its source that anybody takes, by rid; without simulcast the one layer is `""`. Others need not be encoded; an empty list: nobody watches. */
export interface LayersWanted {
  source: Source;
  layers: string[];
}

/** To one client: how its own connection fares, as the server sees it. */
export interface ConnectionQuality {
  quality: Quality;
}

/** How one participant's connection fares; null is unknown. `lossDown`: on the way to them, `lossUp`: from them; `estimateKbps`: what their line carries down; `frozen`: the share of time the main picture stood; `bFrames`: their encoder makes B-frames, with which pictures jerk in browsers, and has to be told not to. */
export interface ParticipantHealth {
  participantId: string;
  quality: Quality;
  reception: Reception;
  roundTripMs: number | null;
  lossDown: number | null;
  lossUp: number | null;
  estimateKbps: number | null;
  frozen: number;
  bFrames?: boolean;
}

/** Counts over everyone but tutors. `cannotSee`: a tutor's picture or screen is on, and they do not see it well: their line is poor or lost, or it took them to a step without moving pictures. */
export interface HealthOverview {
  participants: number;
  excellent: number;
  good: number;
  poor: number;
  lost: number;
  cannotSee: number;
}

/** To tutors, at most every 2 s: those whose health changed, and the whole overview. */
export interface HealthChanged {
  participants: ParticipantHealth[];
  overview: HealthOverview;
}

/** Everyone in the running session whose media was connected; `overview` counts the others too. */
export interface SessionHealth {
  sessionId: string;
  overview: HealthOverview;
  participants: ParticipantHealth[];
}

/** One person in the room. `id` is the seat and survives a refresh; `socketId` is the connection. `allowed`: what this person may publish in spite of the room's policy. */
export interface Participant {
  id: string;
  socketId: string;
  userId: string;
  name: string;
  role: Role;
  isAudioOn: boolean;
  isVideoOn: boolean;
  isScreenOn: boolean;
  isHandRaised: boolean;
  isReconnecting: boolean;
  allowed: Source[];
  joinedAt: Timestamp;
}

/** A receiving line of this client (by the mid of its own offer) and whose track it shows; None when empty. */
export interface Slot {
  mid: string;
  kind: "audio" | "video";
  participantId: string | null;
  source: Source | null;
  paused?: boolean;
}

/** The session ends by itself `at` this time, unless the reason for it passes. */
export interface SessionEnding {
  at: Timestamp;
  reason: EndReason;
}

/** Everything a client needs to draw the room, true at `seq`. `existingUsers` holds the asker too; `polls` are the latest that were opened, oldest first. What is for the asker alone is in `OwnState`. */
export interface RoomSnapshot {
  sessionId: string;
  liveClass: LiveClass;
  seq: number;
  existingUsers: Participant[];
  hands: Hand[];
  activeSpeakerId: string | null;
  policy: RoomPolicy;
  polls: Poll[];
  ending: SessionEnding | null;
}

/** What tutors see beyond the snapshot. */
export interface TutorState {
  waiting: WaitingPerson[];
  polls: PollReport[];
}

/** What is for the asker alone, and true now: results that one may see, one's votes; `tutor` is null for others. */
export interface OwnState {
  results: PollResults[];
  votes: PollVote[];
  tutor: TutorState | null;
  reception?: Reception;
}

/** How many receiving lines a client should offer, and what it may publish, locks by the room's policy left aside. A client offers sending lines for all sources at once: what may be sent on them can change. */
export interface MediaLimits {
  audioSlots: number;
  videoSlots: number;
  mayPublish: Source[];
}

/** Enter the running session of a live class, or come back to one's seat. `seatKey` is a random secret the client keeps for its tab: the same key gets the same seat back within 120 s, with role, hand and permissions. `lastSeq` asks for the events missed since, `lastChatSeq` for what changed in the chat. Sent again by who waits to be let in, it says whether that has happened. */
export interface JoinSession {
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  liveClassId: string;
  /** 16 to 64 characters, letters, digits, `_` and `-` only */
  seatKey: string;
  lastSeq?: number | null;
  sessionId?: string | null;
  lastChatSeq?: number | null;
}

/** `admission`: `waiting` is not in the room, and gets nothing of it: stay connected, `admitted` says when to send `join-session` again (`seq` is 0, `snapshot` and `own` are null then). `resumed`: the seat was kept. `mediaKept`: the server still has the media connection of the seat; if not, connect media anew. `snapshot` is None when `missed` holds every event since `lastSeq`. */
export interface Joined {
  admission: "admitted" | "waiting";
  participantId: string;
  sessionId: string;
  resumed: boolean;
  mediaKept: boolean;
  seq: number;
  limits: MediaLimits;
  snapshot: RoomSnapshot | null;
  missed: MissedEvent[];
  own: OwnState | null;
  iceServers?: IceServer[];
  receptionUse?: ReceptionUse[];
  chat?: ChatSync | null;
}

/** A broadcast the client was not connected for: handle it as if it came now. */
export type MissedEvent = {
  [E in keyof ServerEventData]: { event: E; data: ServerEventData[E] };
}[keyof ServerEventData];

/** Give up the seat. */
export type LeaveSession = Record<string, never>;

/** Ask for everyone in the room. */
export type GetSessionUsers = Record<string, never>;

export interface SessionUsers {
  seq: number;
  users: Participant[];
}

/** Ask for what was missed since `lastSeq` (a gap in `seq` was seen). */
export interface Resync {
  lastSeq: number;
}

/** Either `snapshot`, or every event since `lastSeq` in `missed`. */
export interface Resynced {
  seq: number;
  snapshot: RoomSnapshot | null;
  missed: MissedEvent[];
  own: OwnState;
}

/** The one offer of a participant. `sources` says what each sending line (by mid) will carry. */
export interface ConnectMedia {
  /** 1 to 200000 characters */
  offer: string;
  /** 0 to 3 entries */
  sources: Record<string, Source>;
}

export interface MediaConnected {
  answer: string;
  slots: Slot[];
}

/** The real state of one's devices. A source that is not on is not forwarded. Refused with `source_locked` as a whole when one that is on is locked: switch it off and tell the state again. */
export interface UpdateMediaState {
  isAudioOn: boolean;
  isVideoOn: boolean;
  isScreenOn: boolean;
}

/** The network changed: an offer of the same connection with new ICE credentials. Slots and pictures go on. With an error connect media anew. */
export interface RestartIce {
  /** 1 to 200000 characters */
  offer: string;
}

/** Tutor only: end the class for all. */
export type EndSession = Record<string, never>;

/** Sent to a newcomer alone: everyone who was already there. */
export interface ExistingUsers {
  seq: number;
  users: Participant[];
}

export interface UserJoined {
  seq: number;
  user: Participant;
}

/** Somebody's media state, hand or connection changed; `user` is the whole new state. */
export interface UserUpdated {
  seq: number;
  user: Participant;
}

export interface UserLeft {
  seq: number;
  participantId: string;
  reason: "ended" | "left" | "removed" | "replaced" | "timed-out";
}

/** The whole list, sent after somebody joined or left. `count` is the number of people in the room. */
export interface ParticipantsList {
  seq: number;
  count: number;
  users: Participant[];
}

/** The session ends by itself at this time; told more than once. */
export interface SessionEndingSoon {
  seq: number;
  at: Timestamp;
  reason: EndReason;
}

/** The session goes on: a tutor is there. */
export interface SessionEndingCancelled {
  seq: number;
}

/** To one client: what each of its slots shows now. Always the whole list. */
export interface SlotsChanged {
  slots: Slot[];
}

/** To the room: who speaks now, None when nobody does. Not numbered: the next one replaces it. */
export interface ActiveSpeaker {
  participantId: string | null;
}

/** To one client: its media connection is gone on the server; connect media anew with a fresh offer. */
export interface MediaReset {
  reason: string;
}

/** A key for one live class, over all of its sessions, that expires after so many `hours`. `source`: as what the picture of a publisher is shown. */
export interface CreateStreamKey {
  kind: StreamKind;
  source?: StreamSource;
  /** 0 to 100 characters */
  label?: string;
  hours?: number;
}

/** `token` is a bearer token that opens nothing but this URL; the other one is null. It is shown once. */
export interface StreamKey {
  id: string;
  token: string;
  whipUrl: string | null;
  whepUrl: string | null;
  expiresAt: Timestamp;
}

/** A key without its token. `userId`: who made it, in whose name it is used. */
export interface StreamKeyInfo {
  id: string;
  kind: StreamKind;
  source: StreamSource;
  label: string;
  userId: string;
  userName: string;
  createdAt: Timestamp;
  expiresAt: Timestamp;
  lastUsedAt: Timestamp | null;
  revokedAt: Timestamp | null;
}

export interface StreamKeyQuery {
  /** 1 to 1000 characters, letters, digits, `_` and `-` only */
  cursor?: string | null;
  limit?: number;
}

/** Newest first. */
export interface StreamKeyList {
  items: StreamKeyInfo[];
  nextCursor: string | null;
}

/** To who made the key: it opens nothing any more, and the stream that it opened has ended. */
export interface StreamKeyRevoked {
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  keyId: string;
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  liveClassId: string;
}

/** From coming to going, reconnects and further devices merged. */
export interface PresenceInterval {
  joinedAt: Timestamp;
  leftAt: Timestamp;
}

/** Somebody's part in a session. `share` is of its length, 0 to 1. `lateSeconds` and `leftEarlySeconds` are None for who was in time. Seconds are whole, rounded. */
export interface PersonAttendance {
  userId: string;
  name: string;
  role: Role;
  intervals: PresenceInterval[];
  presentSeconds: number;
  share: number;
  lateSeconds: number | null;
  leftEarlySeconds: number | null;
  connections: number;
  talkSeconds: number;
  messages: number;
  questions: number;
  answers: number;
  handsRaised: number;
  reactions: number;
  pollVotes: number;
}

/** One session of a live class. `endedAt` None: it runs, and everything is as of now. `absent` names the enrolled students who were never there. */
export interface SessionAttendance {
  sessionId: string;
  startedAt: Timestamp;
  endedAt: Timestamp | null;
  durationSeconds: number;
  peakParticipants: number;
  people: PersonAttendance[];
  absent: AbsentPerson[];
}

export interface AbsentPerson {
  userId: string;
  name: string;
}

/** Every session of a live class, oldest first. */
export interface ClassAttendance {
  liveClassId: string;
  courseId: string;
  title: string;
  sessions: SessionAttendance[];
}

/** A live class or a course in figures, over all sessions. `averageShare`: how much of it its students were there, 0 to 1. `participantSeconds`: presence of everyone, added up. */
export interface Analytics {
  sessions: number;
  durationSeconds: number;
  peakParticipants: number;
  totalParticipants: number;
  participantSeconds: number;
  averageShare: number;
  talkSeconds: number;
  messages: number;
  questions: number;
  answers: number;
  handsRaised: number;
  reactions: number;
  polls: number;
  pollVotes: number;
}

/** Somebody's part in a course: of how many sessions they attended how many, and how much of all of them. */
export interface CoursePerson {
  userId: string;
  name: string;
  role: Role;
  sessionsAttended: number;
  sessionsHeld: number;
  presentSeconds: number;
  share: number;
  late: number;
  leftEarly: number;
  talkSeconds: number;
  messages: number;
  questions: number;
  handsRaised: number;
  pollVotes: number;
}

export interface CourseSession {
  liveClassId: string;
  sessionId: string;
  title: string;
  startedAt: Timestamp;
  endedAt: Timestamp | null;
  durationSeconds: number;
  attended: number;
}

/** All sessions that started in the asked time, oldest first, and everyone who is enrolled or was there. */
export interface CourseAttendance {
  courseId: string;
  title: string;
  sessions: CourseSession[];
  people: CoursePerson[];
}

/** One stay of one participant, as it was written down. `leftAt` is None while the seat is taken or kept. */
export interface AttendanceRecord {
  sessionId: string;
  participantId: string;
  userId: string;
  name: string;
  role: Role;
  joinedAt: Timestamp;
  leftAt: Timestamp | null;
  lastSeenAt: Timestamp;
  leftReason: string | null;
}

/** Every stay, over all sessions of the live class, in the order of joining. */
export interface AttendanceList {
  items: AttendanceRecord[];
}

/** `sessionId`: that session alone. */
export interface AttendanceQuery {
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  sessionId?: string | null;
  format?: ReportFormat;
}

/** Sessions that started at `from` or later, and before `to`. */
export interface CourseAttendanceQuery {
  from?: Timestamp | null;
  to?: Timestamp | null;
  format?: ReportFormat;
}

/** `seq` names it among those of one person, and grows from one to the next; numbers may be left out. */
export interface Notification {
  seq: number;
  kind: NotificationKind;
  /** 1 to 200 characters */
  title: string;
  /** 0 to 500 characters */
  text: string;
  courseId: string | null;
  liveClassId: string | null;
  chatRoomId: string | null;
  createdAt: Timestamp;
  readAt: Timestamp | null;
}

/** To every device of its user, at once. */
export interface NotificationTold {
  notification: Notification;
}

/** To every device of the user: these, or all up to and with `upTo`, have been read. */
export interface NotificationsRead {
  seqs: number[];
  upTo: number | null;
  unreadCount: number;
}

/** To every device of the user. */
export interface NotificationDeleted {
  seq: number;
  unreadCount: number;
}

/** What came after `lastSeq`; 0 for everything. */
export interface SyncNotifications {
  lastSeq: number;
}

/** Oldest first. `lastSeq` is where to go on; with `hasMore` at once. */
export interface NotificationsSynced {
  items: Notification[];
  lastSeq: number;
  hasMore: boolean;
  unreadCount: number;
}

export interface NotificationQuery {
  unread?: boolean;
  /** 1 to 1000 characters, letters, digits, `_` and `-` only */
  cursor?: string | null;
  limit?: number;
}

/** Newest first. */
export interface NotificationList {
  items: Notification[];
  nextCursor: string | null;
}

export interface UnreadCount {
  unreadCount: number;
}

/** Exactly one of: some by `seqs`, all up to and with `upTo`, or `all`. */
export interface MarkRead {
  /** 1 to 200 entries */
  seqs?: number[] | null;
  upTo?: number | null;
  all?: "True" | null;
}

/** Where notifications of a kind go. `inApp`: the list and the open pages. */
export interface KindChannels {
  kind: NotificationKind;
  inApp: boolean;
  push: boolean;
  email: boolean;
}

/** Every day from `starts` to `ends` (HH:MM on the clock of `timeZone`, also over midnight) no push and no e-mail goes out; what is still of use then is sent when they end. */
export interface QuietHours {
  /** HH:MM */
  starts: string;
  /** HH:MM */
  ends: string;
  /** 1 to 64 characters */
  timeZone: string;
}

/** Of one person. Kinds that are left out of a change get their defaults. */
export interface NotificationSettings {
  /** 0 to 50 entries */
  channels: KindChannels[];
  quietHours?: QuietHours | null;
}

export interface UnsubscribeQuery {
  /** 1 to 400 characters */
  token: string;
}

/** The keys of a browser's subscription, base64url: its P-256 point and the authentication secret. */
export interface PushKeys {
  /** 1 to 200 characters */
  p256dh: string;
  /** 1 to 200 characters */
  auth: string;
}

/** What `PushSubscription.toJSON()` gives in a browser. */
export interface AddPushSubscription {
  /** 1 to 1000 characters */
  endpoint: string;
  keys: PushKeys;
  expirationTime?: number | null;
}

/** `origin` is the push service; the whole endpoint is a secret of the browser. */
export interface PushSubscription {
  id: string;
  origin: string;
  createdAt: Timestamp;
  lastSuccessAt: Timestamp | null;
}

/** Newest first; a person has a few at most. */
export interface PushSubscriptionList {
  items: PushSubscription[];
}

/** The `applicationServerKey` to subscribe with, base64url. */
export interface PushKey {
  publicKey: string;
}

/** `startsAt` is the start of the class it was made for. `detail` says why it was missed or dropped. */
export interface ScheduledJob {
  kind: ScheduledJobKind;
  dueAt: Timestamp;
  startsAt: Timestamp;
  state: ScheduledJobState;
  attempts: number;
  finishedAt: Timestamp | null;
  detail: string;
}

/** In the order in which they are due; a class has a few. */
export interface ScheduledJobList {
  items: ScheduledJob[];
}

/** `events` empty: all of them. `courseId`: of that course alone. */
export interface CreateWebhook {
  /** 1 to 1000 characters */
  url: string;
  /** 0 to 50 entries */
  events?: WebhookEvent[];
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  courseId?: string | null;
}

/** What is left out stays. `enabled` true takes one up again that failed for too long. */
export interface UpdateWebhook {
  /** 1 to 1000 characters */
  url?: string | null;
  /** 0 to 50 entries */
  events?: WebhookEvent[] | null;
  enabled?: boolean | null;
}

/** `failingSince`: the first failure after the last success. `disabledReason`: why nothing is sent. */
export interface Webhook {
  id: string;
  url: string;
  events: WebhookEvent[];
  courseId: string | null;
  createdAt: Timestamp;
  failingSince: Timestamp | null;
  disabledAt: Timestamp | null;
  disabledReason: string | null;
}

/** The only time the secret is shown. */
export interface WebhookWithSecret {
  webhook: Webhook;
  secret: string;
}

/** Oldest first. */
export interface WebhookList {
  items: Webhook[];
  nextCursor: string | null;
}

export interface WebhookQuery {
  /** 1 to 1000 characters, letters, digits, `_` and `-` only */
  cursor?: string | null;
  limit?: number;
}

/** One try. `status` is the HTTP status of the answer, null when there was none; `deliveryId` is the `webhook-id`. */
export interface WebhookAttempt {
  deliveryId: string;
  event: WebhookEvent;
  at: Timestamp;
  ok: boolean;
  status: number | null;
  detail: string;
  milliseconds: number;
}

/** Newest first. */
export interface WebhookAttemptList {
  items: WebhookAttempt[];
  nextCursor: string | null;
}

/** `nextAttemptAt` is null when nothing more will be tried. */
export interface WebhookDelivery {
  id: string;
  event: WebhookEvent;
  state: DeliveryState;
  attempts: number;
  createdAt: Timestamp;
  nextAttemptAt: Timestamp | null;
}

/** Newest first. */
export interface WebhookDeliveryList {
  items: WebhookDelivery[];
  nextCursor: string | null;
}

/** `participants` and `tutors` are connected now. What only its host knows is null for a session of another server: `waiting` at the door, `health` of the people but for tutors. `serverUrl` null: nobody hosts it, until its server is back or another takes it over. */
export interface RunningSession {
  sessionId: string;
  liveClassId: string;
  title: string;
  courseId: string;
  courseTitle: string;
  startedAt: Timestamp;
  serverUrl: string | null;
  isHere: boolean;
  participants: number;
  tutors: number;
  waiting: number | null;
  health: HealthOverview | null;
}

/** A server of the cluster that lives. `mediaLoads`: of the asked server alone, null for others: of each of its media workers the share of a core that it uses. */
export interface RunningServer {
  url: string;
  isHere: boolean;
  startedAt: Timestamp;
  participants: number;
  mediaLoads: number[] | null;
}

/** Sessions of all servers, the longest running first, at most 500; `total` counts all. */
export interface RunningSessions {
  items: RunningSession[];
  total: number;
  servers: RunningServer[];
}

/** `name` is null when nothing is known of them any more. */
export interface FilesOfUser {
  userId: string;
  name: string | null;
  files: number;
  bytes: number;
}

/** The disk that something is kept on, as its server sees it. */
export interface Disk {
  totalBytes: number;
  freeBytes: number;
}

/** `files` and `fileBytes` are what people attached; `keptBytes` is less where several attached the same. `largest`: those who attached most, at most 20. `databaseDisk` is null where the database is elsewhere. */
export interface Storage {
  database: "postgresql" | "sqlite";
  databaseBytes: number;
  databaseDisk: Disk | null;
  files: number;
  fileBytes: number;
  keptBytes: number;
  fileDisk: Disk;
  quotaBytes: number;
  largest: FilesOfUser[];
}

/** `value` and `default` as in config.toml. Of a secret `value` is null, and `isSet` all that is told; URLs come without names, passwords and queries. `where`: file and line, or the variable. */
export interface Setting {
  name: string;
  value: string | null;
  default: string;
  isSecret: boolean;
  isSet: boolean;
  source: SettingSource;
  where: string;
}

/** Every setting of the asked server, by tables. */
export interface SettingsInForce {
  version: string;
  items: Setting[];
}

/** `bytes` 0, the default: an empty answer, to time a round trip. */
export interface NetworkTestQuery {
  bytes?: number;
}

/** `ok`: the server and its media workers serve; `degraded`: no media worker answers (HTTP status 503). */
export interface Health {
  status: "degraded" | "ok";
  version: string;
  uptimeSeconds: number;
  sessions: number;
  participants: number;
  mediaWorkers: number;
  mediaWorkersAlive: number;
  connections: number;
  tooSlow: number;
  stalls: number;
  longestStallMs: number;
}

/** An error. `sessionId` comes with `already_live`: the session that is running. `requestId` finds the request in the server's log. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  requestId?: string | null;
  sessionId?: string | null;
}

/** What each client event carries. */
export interface ClientEventData {
  "renew-token": RenewToken;
  "join-course": JoinCourse;
  "leave-course": LeaveCourse;
  "join-session": JoinSession;
  "leave-session": LeaveSession;
  "get-session-users": GetSessionUsers;
  "resync": Resync;
  "connect-media": ConnectMedia;
  "update-media-state": UpdateMediaState;
  "restart-ice": RestartIce;
  "set-reception": SetReception;
  "suggest-reception": SuggestReception;
  "set-wishes": SetWishes;
  "raise-hand": RaiseHand;
  "lower-hand": LowerHand;
  "send-message": SendMessage;
  "edit-message": EditMessage;
  "delete-message": DeleteMessage;
  "set-reaction": SetReaction;
  "pin-message": PinMessage;
  "mark-read": MarkChatRead;
  "typing": Typing;
  "open-chat": OpenChat;
  "close-chat": CloseChat;
  "sync-chat": SyncChat;
  "lower-all-hands": LowerAllHands;
  "let-speak": LetSpeak;
  "react": React;
  "send-caption": SendCaption;
  "mute-user": MuteUser;
  "mute-all": MuteAll;
  "remove-user": RemoveUser;
  "promote-user": PromoteUser;
  "set-room-policy": SetRoomPolicy;
  "allow-publish": AllowPublish;
  "admit": Admit;
  "admit-all": AdmitAll;
  "deny": Deny;
  "create-poll": CreatePoll;
  "launch-poll": LaunchPoll;
  "vote-poll": VotePoll;
  "close-poll": ClosePoll;
  "end-session": EndSession;
  "sync-notifications": SyncNotifications;
}

/** What each is answered with. */
export interface ClientEventAck {
  "renew-token": TokenRenewed;
  "join-course": CourseJoined;
  "leave-course": Ok;
  "join-session": Joined;
  "leave-session": Ok;
  "get-session-users": SessionUsers;
  "resync": Resynced;
  "connect-media": MediaConnected;
  "update-media-state": Ok;
  "restart-ice": MediaConnected;
  "set-reception": Ok;
  "suggest-reception": Ok;
  "set-wishes": Ok;
  "raise-hand": Ok;
  "lower-hand": Ok;
  "send-message": MessageSent;
  "edit-message": MessageSent;
  "delete-message": MessageSent;
  "set-reaction": Ok;
  "pin-message": MessageSent;
  "mark-read": MarkedRead;
  "typing": Ok;
  "open-chat": ChatSync;
  "close-chat": Ok;
  "sync-chat": ChatSync;
  "lower-all-hands": Ok;
  "let-speak": Ok;
  "react": Ok;
  "send-caption": Ok;
  "mute-user": Ok;
  "mute-all": Ok;
  "remove-user": Ok;
  "promote-user": Ok;
  "set-room-policy": Ok;
  "allow-publish": Ok;
  "admit": Ok;
  "admit-all": Ok;
  "deny": Ok;
  "create-poll": PollCreated;
  "launch-poll": Ok;
  "vote-poll": Ok;
  "close-poll": Ok;
  "end-session": Ok;
  "sync-notifications": NotificationsSynced;
}

/** What each server event carries. */
export interface ServerEventData {
  "token-expiring": TokenExpiring;
  "closing": Closing;
  "signed-out": SignedOut;
  "presence-changed": PresenceChanged;
  "existing-users": ExistingUsers;
  "user-joined": UserJoined;
  "user-updated": UserUpdated;
  "user-left": UserLeft;
  "participants-list": ParticipantsList;
  "hands-changed": HandsChanged;
  "may-speak": MaySpeak;
  "room-policy-changed": RoomPolicyChanged;
  "waiting-changed": WaitingChanged;
  "admitted": Admitted;
  "reactions": RoomReactions;
  "caption": Caption;
  "poll-opened": PollOpened;
  "poll-closed": PollClosed;
  "poll-results": PollResults;
  "poll-voted": PollVote;
  "poll-changed": PollChanged;
  "session-ending-soon": SessionEndingSoon;
  "session-ending-cancelled": SessionEndingCancelled;
  "new-message": NewMessage;
  "message-updated": MessageUpdated;
  "message-deleted": MessageDeleted;
  "reaction-changed": ReactionChanged;
  "messages-read": MessagesRead;
  "user-typing": UserTyping;
  "chat-room-updated": ChatRoomUpdated;
  "chat-room-left": ChatRoomLeft;
  "live-class-started": LiveClassStarted;
  "live-class-ended": LiveClassEnded;
  "enrolment-changed": EnrolmentChanged;
  "live-class-scheduled": LiveClassScheduled;
  "live-class-updated": LiveClassUpdated;
  "live-class-cancelled": LiveClassCancelled;
  "live-class-deleted": LiveClassDeleted;
  "live-class-duration-updated": LiveClassDurationUpdated;
  "live-class-progress": LiveClassProgress;
  "slots-changed": SlotsChanged;
  "active-speaker": ActiveSpeaker;
  "media-reset": MediaReset;
  "layers-wanted": LayersWanted;
  "reception-changed": ReceptionChanged;
  "reception-suggested": ReceptionSuggested;
  "connection-quality": ConnectionQuality;
  "health-changed": HealthChanged;
  "stream-key-revoked": StreamKeyRevoked;
  "muted": Muted;
  "removed": Removed;
  "notification": NotificationTold;
  "notifications-read": NotificationsRead;
  "notification-deleted": NotificationDeleted;
}

export type ErrorCode =
  /** the payload does not fit the event; the message says where */
  | "bad_request"
  /** there is no such event */
  | "unknown_event"
  /** the payload is larger than allowed */
  | "too_large"
  /** the body is of another media type than this route takes */
  | "unsupported_type"
  /** this path has other methods; the header Allow says which */
  | "method_not_allowed"
  /** too many events; try again later */
  | "rate_limited"
  /** the token is missing, wrong or expired */
  | "unauthorized"
  /** this role may not do that */
  | "forbidden"
  /** no such live class, session or participant */
  | "not_found"
  /** the live class has no running session */
  | "not_live"
  /** the live class is running already */
  | "already_live"
  /** the live class is not in a state for that; the message says which */
  | "wrong_status"
  /** the id is taken */
  | "already_exists"
  /** another server hosts this session; `url` says which */
  | "elsewhere"
  /** join the session first */
  | "not_joined"
  /** a tutor has muted you in this chat */
  | "muted"
  /** your files take more room than is allowed */
  | "quota_exceeded"
  /** the server has no room for files left */
  | "storage_full"
  /** the live class is full */
  | "class_full"
  /** the tutor has locked the room: nobody new gets in */
  | "room_locked"
  /** the tutor has locked this device; switch it off and tell the state again */
  | "source_locked"
  /** the poll is not open for votes */
  | "poll_closed"
  /** this user has voted, and the poll takes no second thoughts */
  | "already_voted"
  /** it was meant for another state than there is; the header If-Match says for which */
  | "precondition_failed"
  /** the header If-Match must say for which state it is meant */
  | "precondition_required"
  /** the invite, its class or its course is over */
  | "invite_expired"
  /** as many as the invite is for have come by it */
  | "invite_used_up"
  /** a tutor withdrew the invite */
  | "invite_revoked"
  /** the offer cannot be used; the message says why */
  | "bad_sdp"
  /** the server carries as many as it can; those who are in go on */
  | "overloaded"
  /** no media worker answers now; try again */
  | "media_unavailable"
  /** the database is busy, full or gone; try again */
  | "unavailable"
  /** the server failed; it has been logged */
  | "internal";

export interface ProtocolError {
  code: ErrorCode;
  message: string;
  /** With `elsewhere`: the server to connect to. */
  url?: string;
  /** With `rate_limited`: when it may work. */
  retryAfterMs?: number;
}

/** What a client event is acknowledged with. */
export type Ack<T> = ({ ok: true } & T) | { ok: false; error: ProtocolError };

export type ClientToServerEvents = {
  [E in keyof ClientEventData]: (data: ClientEventData[E], ack: (reply: Ack<ClientEventAck[E]>) => void) => void;
};

export type ServerToClientEvents = {
  [E in keyof ServerEventData]: (data: ServerEventData[E]) => void;
};
