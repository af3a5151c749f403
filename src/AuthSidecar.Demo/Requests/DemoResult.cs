namespace AuthSidecar.Demo.Requests;

/// <summary>One request with its result.</summary>
/// <param name="Complaints">Deviations from the expected result; empty: none.</param>
internal sealed record DemoResult(DemoCase Request, Exchange Exchange, IReadOnlyList<string> Complaints)
{
    public bool IsOk => Complaints.Count == 0;
}
