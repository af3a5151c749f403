namespace AuthSidecar.Platform.Configuration;

/// <summary>One section of the configuration in force, or a value compiled from it. Reading it costs one field.</summary>
/// <param name="current">The value at start.</param>
/// <param name="isSame">Compares two values; equal values do not run the handlers. Null: every replacement runs them.</param>
internal sealed class LiveOptions<T>(T current, Func<T, T, bool>? isSame = null)
    where T : class
{
    private volatile T _current = current;

    /// <summary>Receives the old and the new value; raised on the reloading thread after all sections are replaced.</summary>
    public event Action<T, T>? Changed;

    public T Current => _current;

    /// <summary>Compares the values, which may throw, and replaces nothing yet.</summary>
    public OptionsReplacement Prepare(T value)
    {
        var before = _current;
        var notify =
            isSame?.Invoke(before, value) == true ? (Action<Action<Exception, string>>?)null : failed => Notify(before, value, failed);
        return new(() => _current = value, notify);
    }

    private void Notify(T before, T value, Action<Exception, string> failed)
    {
        foreach (var handler in Changed?.GetInvocationList() ?? [])
        {
            try
            {
                ((Action<T, T>)handler)(before, value);
            }
            catch (Exception exception)
            {
                failed(exception, handler.Method.DeclaringType?.FullName ?? handler.Method.Name);
            }
        }
    }
}

/// <summary>A section's new value that is not in force yet.</summary>
/// <param name="Apply">Puts it in force; does not throw.</param>
/// <param name="Notify">Calls the handlers and passes each exception on with the handler's name; null: the value is as before.</param>
internal readonly record struct OptionsReplacement(Action Apply, Action<Action<Exception, string>>? Notify);
