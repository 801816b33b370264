// Generated from signaling/protocol by `python -m signaling.protocol.codegen`. Do not edit.

export const PROTOCOL_VERSION = 2;

/** A moment, ISO 8601 in UTC. */
export type Timestamp = string;

export type Role = "tutor" | "student" | "guest";

export type Source = "mic" | "camera" | "screen";

export type Reception = "full" | "audio";

export type MessageType = "chat" | "question" | "answer" | "system";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** Nothing to add to `ok: true`. */
export type Ok = object;

/** An empty answer. */
export type NoContent = Record<string, never>;

/** A planned meeting; `sessionId` is the running or last session. `participantCount` is the number of people in the room now, 0 when no session runs. */
export interface LiveClass {
  id: string;
  courseId: string;
  title: string;
  status: "cancelled" | "ended" | "live" | "scheduled";
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
}

/** A new live class. `courseId` may be left out when the token is of one course alone. */
export interface CreateLiveClass {
  /** 1 to 200 characters */
  title: string;
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  id?: string | null;
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  courseId?: string | null;
}

export interface LiveClassQuery {
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  courseId?: string | null;
}

/** Newest first. */
export interface LiveClassList {
  items: LiveClass[];
}

/** One message in the room of the class. `id` is made by the sender: sending it again changes nothing. */
export interface ChatMessage {
  id: string;
  participantId: string;
  name: string;
  role: Role;
  type: MessageType;
  text: string;
  sentAt: Timestamp;
}

/** Say something to the room. `id` is made by the client; a retry with the same id never doubles it. */
export interface SendMessage {
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  id: string;
  /** 1 to 4000 characters */
  text: string;
  type?: "answer" | "chat" | "question";
}

export interface MessageSent {
  message: ChatMessage;
}

export interface NewMessage {
  seq: number;
  message: ChatMessage;
}

/** One person in the room. `id` is the seat and survives a refresh; `socketId` is the connection. */
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
  joinedAt: Timestamp;
}

/** A raised hand. The list of hands is ordered: first raised, first. */
export interface Hand {
  participantId: string;
  raisedAt: Timestamp;
}

/** A receiving line of this client (by the mid of its own offer) and whose track it shows; None when empty. */
export interface Slot {
  mid: string;
  kind: "audio" | "video";
  participantId: string | null;
  source: Source | null;
}

/** Everything a client needs to draw the room, true at `seq`. `existingUsers` holds the asker too. */
export interface RoomSnapshot {
  sessionId: string;
  liveClass: LiveClass;
  seq: number;
  existingUsers: Participant[];
  hands: Hand[];
  messages: ChatMessage[];
  activeSpeakerId: string | null;
}

/** How many receiving lines a client should offer, and what it may publish. */
export interface MediaLimits {
  audioSlots: number;
  videoSlots: number;
  mayPublish: Source[];
}

/** Enter the running session of a live class, or come back to one's seat. `seatKey` is a random secret the client keeps for its tab: the same key gets the same seat back within 120 s, with role, hand and permissions. `lastSeq` asks for the events missed since. */
export interface JoinSession {
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  liveClassId: string;
  /** 16 to 64 characters, letters, digits, `_` and `-` only */
  seatKey: string;
  lastSeq?: number | null;
  sessionId?: string | null;
}

/** `resumed`: the seat was kept. `mediaKept`: the server still has the media connection of the seat; if not, connect media anew. `snapshot` is None when `missed` holds every event since `lastSeq`. */
export interface Joined {
  participantId: string;
  sessionId: string;
  resumed: boolean;
  mediaKept: boolean;
  seq: number;
  limits: MediaLimits;
  snapshot: RoomSnapshot | null;
  missed: MissedEvent[];
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

/** The real state of one's devices. A source that is not on is not forwarded. */
export interface UpdateMediaState {
  isAudioOn: boolean;
  isVideoOn: boolean;
  isScreenOn: boolean;
}

/** `audio`: the server sends this client no video packet at all. */
export interface SetReception {
  reception: Reception;
}

/** Join the queue of raised hands; nothing changes when already in it. */
export type RaiseHand = Record<string, never>;

/** Leave the queue; a tutor may name somebody else. */
export interface LowerHand {
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  participantId?: string | null;
}

/** Tutor only: switch somebody's mic off. They can switch it on again; nobody can be forced on. */
export interface MuteUser {
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  participantId: string;
}

/** Tutor only: take somebody out of the session. */
export interface RemoveUser {
  /** 1 to 64 characters, letters, digits, `_` and `-` only */
  participantId: string;
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

export interface HandsChanged {
  seq: number;
  hands: Hand[];
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

/** To one client: a tutor switched its mic off; it should stop capturing. */
export interface Muted {
  byName: string;
}

/** To one client: it is no longer in the session and should not come back by itself. */
export interface Removed {
  reason: "ended" | "removed" | "replaced";
  message: string;
}

/** One stay of one participant. `leftAt` is None while the seat is taken or kept. */
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

/** Who was there, over all sessions of the live class, in the order of joining. */
export interface AttendanceList {
  items: AttendanceRecord[];
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
  "join-session": JoinSession;
  "leave-session": LeaveSession;
  "get-session-users": GetSessionUsers;
  "resync": Resync;
  "connect-media": ConnectMedia;
  "update-media-state": UpdateMediaState;
  "set-reception": SetReception;
  "raise-hand": RaiseHand;
  "lower-hand": LowerHand;
  "send-message": SendMessage;
  "mute-user": MuteUser;
  "remove-user": RemoveUser;
  "end-session": EndSession;
}

/** What each is answered with. */
export interface ClientEventAck {
  "join-session": Joined;
  "leave-session": Ok;
  "get-session-users": SessionUsers;
  "resync": Resynced;
  "connect-media": MediaConnected;
  "update-media-state": Ok;
  "set-reception": Ok;
  "raise-hand": Ok;
  "lower-hand": Ok;
  "send-message": MessageSent;
  "mute-user": Ok;
  "remove-user": Ok;
  "end-session": Ok;
}

/** What each server event carries. */
export interface ServerEventData {
  "existing-users": ExistingUsers;
  "user-joined": UserJoined;
  "user-updated": UserUpdated;
  "user-left": UserLeft;
  "participants-list": ParticipantsList;
  "hands-changed": HandsChanged;
  "new-message": NewMessage;
  "live-class-started": LiveClassStarted;
  "live-class-ended": LiveClassEnded;
  "slots-changed": SlotsChanged;
  "active-speaker": ActiveSpeaker;
  "media-reset": MediaReset;
  "muted": Muted;
  "removed": Removed;
}

export type ErrorCode =
  /** the payload does not fit the event; the message says where */
  | "bad_request"
  /** there is no such event */
  | "unknown_event"
  /** the payload is larger than allowed */
  | "too_large"
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
  /** the id is taken */
  | "already_exists"
  /** join the session first */
  | "not_joined"
  /** the live class is full */
  | "class_full"
  /** the offer cannot be used; the message says why */
  | "bad_sdp"
  /** no media worker answers now; try again */
  | "media_unavailable"
  /** the database is busy, full or gone; try again */
  | "unavailable"
  /** the server failed; it has been logged */
  | "internal";

export interface ProtocolError {
  code: ErrorCode;
  message: string;
}

/** What a client event is acknowledged with. */
export type Ack<T> = ({ ok: true } & T) | { ok: false; error: ProtocolError };

export type ClientToServerEvents = {
  [E in keyof ClientEventData]: (data: ClientEventData[E], ack: (reply: Ack<ClientEventAck[E]>) => void) => void;
};

export type ServerToClientEvents = {
  [E in keyof ServerEventData]: (data: ServerEventData[E]) => void;
};
