// F9 and the button: agree with the province at once, whatever the hours.
import { call, messageOf } from '../../backend'
import { toast } from '../../kit/toast'
import { t } from '../../words'
import { isEnrolled, readSync } from '../common/sync'

export async function syncNow(): Promise<void> {
  if (!isEnrolled.value) return toast(t('sync.alone.now'), 'warning')
  try {
    await call('sync_now', {})
    await readSync()
  } catch (thrown) {
    toast(messageOf(thrown), 'error')
  }
}
