using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Reports;

/// <summary>Further limits of a sum; a null member admits all requests, and an empty one those for which it is unknown.</summary>
internal sealed record UsageFilter(string? Tenant, string? Provider, string? Model)
{
    public IQueryable<UsageDay> Of(IQueryable<UsageDay> days)
    {
        days = Tenant is { } tenant ? days.Where(day => day.Tenant == tenant) : days;
        days = Provider is { } provider ? days.Where(day => day.Provider == provider) : days;
        return Model is { } model ? days.Where(day => day.Model == model) : days;
    }
}
