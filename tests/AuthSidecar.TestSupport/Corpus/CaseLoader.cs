using System.Text.Json;
using System.Text.Json.Serialization;

namespace AuthSidecar.TestSupport.Corpus;

/// <summary>Reads tests/Cases. An unknown member or a row without a definite expectation is an error.</summary>
internal static class CaseLoader
{
    private static readonly string[] _transports = ["in-process", "headers", "header_map", "envoy"];

    public static JsonSerializerOptions Json { get; } =
        new(JsonSerializerDefaults.General)
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            AllowDuplicateProperties = false,
            ReadCommentHandling = JsonCommentHandling.Skip,
            RespectNullableAnnotations = true,
        };

    public static IReadOnlyList<Case> Load(string directory) =>
        [
            .. Directory
                .EnumerateFiles(directory, "*.json", SearchOption.AllDirectories)
                .Where(file => Path.GetDirectoryName(file) != directory)
                .Order(StringComparer.Ordinal)
                .SelectMany(file =>
                    Parse(Path.ChangeExtension(Path.GetRelativePath(directory, file), null).Replace('\\', '/'), File.ReadAllText(file))
                ),
        ];

    public static IReadOnlyList<Case> Parse(string name, string json)
    {
        var file = JsonSerializer.Deserialize<CaseFile>(json, Json) ?? throw Wrong(name, "it is empty");
        var rows = file.Rows ?? [new CaseRow { Name = file.Name }];
        if (file.Why is null || rows.Count == 0 || (file.Rows is not null && file.Name is not null))
        {
            throw Wrong(name, "a file says why, and has either a name or rows");
        }

        var cases = rows.Select(row => Whole(name, file, row)).ToList();
        return cases.Select(one => one.Id).Distinct().Count() == cases.Count ? cases : throw Wrong(name, "two rows have the same name");
    }

    private static Case Whole(string file, CaseFile common, CaseRow row)
    {
        var id = $"{file}: {row.Name ?? throw Wrong(file, "a row has no name")}";
        var refusal = row.Client ?? (row.Upstream is null ? common.Client : null);
        if (row is { Client: not null, Upstream: not null } || common is { Client: not null, Upstream: not null })
        {
            throw Wrong(id, "a refusal has no upstream");
        }

        var transports = row.Transports ?? common.Transports ?? new Dictionary<string, TransportDifference>();
        if (transports.Keys.Except(_transports).FirstOrDefault() is { } unknown)
        {
            throw Wrong(id, $"there is no transport \"{unknown}\"");
        }

        // The caller in the base applies to its allowed rows.
        var caller = row.Caller.ValueKind is JsonValueKind.Undefined && refusal is null ? common.Caller : row.Caller;
        return new()
        {
            Id = id,
            Why = row.Why ?? common.Why!,
            Given = Check(id, row.Given ?? common.Given ?? throw Wrong(id, "nothing is given")),
            Request = Join(id, common.Request ?? new(), row.Request ?? new()),
            Refusal = refusal,
            Caller = CallerOf(caller) ?? Default(refusal, caller),
            Upstream = refusal is not null ? null : (row.Upstream ?? new()).Over(common.Upstream),
            Metadata = row.Metadata ?? common.Metadata ?? new Dictionary<string, string>(),
            Row = row.Row ?? common.Row,
            Transports = transports,
        };
    }

    internal static ExpectedCaller? CallerOf(JsonElement caller) =>
        caller.ValueKind is JsonValueKind.Object ? caller.Deserialize<ExpectedCaller>(Json) : null;

    // Default of an allowed call: {key.good} with the central credential.
    internal static ExpectedCaller? Default(ExpectedAnswer? refusal, JsonElement caller) =>
        refusal is null && caller.ValueKind is JsonValueKind.Undefined ? new() { Key = "good", Mode = "centralized" } : null;

    private static Given Check(string id, Given given) =>
        (given.Policy is null) != (given.Extensions is null) && !(given is { Closer: true, Policy: null })
            ? given
            : throw Wrong(id, "either a policy, with or without a closer, or extensions are given");

    private static RequestText Join(string id, RequestText common, RequestText row)
    {
        IReadOnlyList<IReadOnlyList<string>> headers = [.. row.Headers ?? [.. common.Headers ?? [], .. common.Add ?? []], .. row.Add ?? []];
        return headers.All(header => header.Count == 2)
            ? new()
            {
                Method = row.Method ?? common.Method,
                Target = row.Target ?? common.Target,
                Authority = row.Authority ?? common.Authority,
                Version = row.Version ?? common.Version,
                Body = row.Body ?? common.Body,
                Headers = headers,
            }
            : throw Wrong(id, "a header is a name and a value");
    }

    private static InvalidDataException Wrong(string where, string what) => new($"tests/Cases/{where}: {what}.");
}
