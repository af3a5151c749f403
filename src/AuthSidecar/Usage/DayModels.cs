using AuthSidecar.Storage;

namespace AuthSidecar.Usage;

/// <summary>
/// Under which name the sums of a day count a row's model. Clients choose names of models: one that no answer bears out has none there, and of those that remain
/// a caller has <see cref="Most"/> a day, the others being one. The row itself keeps its text.
/// </summary>
internal sealed class DayModels
{
    /// <summary>Names that a process gives a caller a day.</summary>
    public const int Most = 100;

    public const string Other = "other";

    private const int FirstError = 400;
    private const int MostRemembered = 500_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<(int Day, string KeyId, string UserId), HashSet<string>> _names = [];
    private int _count;

    /// <returns>Empty: none.</returns>
    public static string NameOf(UsageRow row) => row switch
    {
        { Model: null } => "",
        _ when !IsBorneOut(row) => "",
        _ when row.Facts.HasFlag(UsageFacts.IsOtherModel) => Other,
        _ => row.Model,
    };

    /// <summary>Marks a row whose caller has had its names of that day.</summary>
    /// <returns>True: it is marked now.</returns>
    public bool Mark(UsageRow row)
    {
        if (row.Model is not { } model || row.Facts.HasFlag(UsageFacts.IsOtherModel) || !IsBorneOut(row))
        {
            return false;
        }

        lock (_lock)
        {
            if (_count >= MostRemembered)
            {
                _names.Clear();
                _count = 0;
            }

            var key = (UsageSums.DayOf(row.Time), row.KeyId ?? "", row.UserId ?? "");
            if (!_names.TryGetValue(key, out var names))
            {
                _names[key] = names = new(StringComparer.Ordinal);
            }

            if (names.Contains(model))
            {
                return false;
            }

            if (names.Count >= Most)
            {
                row.Facts |= UsageFacts.IsOtherModel;
                return true;
            }

            names.Add(model);
            _count++;
            return false;
        }
    }

    // A refusal or an error says nothing of the model that was asked for.
    private static bool IsBorneOut(UsageRow row) =>
        row.Outcome != "denied"
        && (row.Facts.HasFlag(UsageFacts.HasUsage)
            || row.Outcome is "complete" or "no_usage" or "client_disconnect"
            || (row.Facts.HasFlag(UsageFacts.IsResponseModel) && row.Status is null or < FirstError));
}
