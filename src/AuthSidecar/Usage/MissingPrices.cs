namespace AuthSidecar.Usage;

/// <summary>Names in the log each model that was used without a price, once until prices change. Names come from outside: only so many are told.</summary>
internal sealed partial class MissingPrices(ILogger<MissingPrices> logger)
{
    private const int MostModels = 256;
    private const int LongestName = 128;

    private readonly Lock _lock = new();
    private readonly HashSet<(string Provider, string Model)> _known = [];

    public void Note(UsageChanges changes)
    {
        foreach (var (_, row) in changes.Rows)
        {
            if (UsageCost.IsUnpriced(row))
            {
                Note(row.Provider!, row.Model ?? "");
            }
        }
    }

    /// <summary>From now on each is told again.</summary>
    public void Forget()
    {
        lock (_lock)
        {
            _known.Clear();
        }
    }

    private void Note(string provider, string model)
    {
        var count = 0;
        lock (_lock)
        {
            if (_known.Count > MostModels || !_known.Add((provider, model)))
            {
                return;
            }

            count = _known.Count;
        }

        if (count > MostModels)
        {
            LogMore();
        }
        else
        {
            LogMissing(Cut(provider), Cut(model));
        }
    }

    private static string Cut(string name) => name.Length > LongestName ? name[..LongestName] : name;

    [LoggerMessage(Level = LogLevel.Warning, Message = "No price is known for model {Model} of provider {Provider}; its requests cost budgets an estimate, and have no cost where there is no budget.")]
    private partial void LogMissing(string provider, string model);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Further models have no price; they are not named.")]
    private partial void LogMore();
}
