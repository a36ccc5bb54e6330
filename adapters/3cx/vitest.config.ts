export { default } from '@finaz-telephony/config/vitest';
