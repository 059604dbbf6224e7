using System.IO.Compression;
using Google.Protobuf;

namespace SelfProfiler.Encode;

/// <summary>Writes a profile as gzipped pprof by rules that every backend accepts, without an object per sample.</summary>
/// <remarks>
/// Ids are the positions in their tables, counted from 1 (Parca demands that). One mapping stands for the program and says
/// that names, files and lines are there, which keeps servers from symbolizing. <c>system_name</c> stays empty: pprof's
/// demangler would strip the generics of .NET names. See <see href="https://github.com/google/pprof/blob/main/proto/profile.proto"/>.
/// </remarks>
internal static class PprofEncoder
{
    public static void Write(Profile profile, Stream output) => Write(profile.Data, output);

    public static void Write(ProfileData data, Stream output)
    {
        // Level "fastest" is what Go uses too; GZipStream writes no time into its header, so equal profiles give equal files.
        using var gzip = new GZipStream(output, CompressionLevel.Fastest, leaveOpen: true);
        WriteUncompressed(data, gzip);
    }

    public static byte[] Encode(ProfileData data)
    {
        using var buffer = new MemoryStream();
        Write(data, buffer);
        return buffer.ToArray();
    }

    /// <param name="data">The profile, or a part of one.</param>
    /// <param name="output">Stays open.</param>
    /// <param name="catalog">Of the same frames; given when several parts of one profile are written.</param>
    public static void WriteUncompressed(ProfileData data, Stream output, FrameCatalog? catalog = null)
    {
        var tables = new ProfileTables(data, catalog);
        // In memory there is nothing to gain from large pieces.
        using var coded = new CodedOutputStream(output, output is MemoryStream ? 4 * 1024 : 64 * 1024, leaveOpen: true);
        var wire = new PprofWire(coded);
        WriteTypes(data, tables, wire);
        new PprofSamples(data, tables).WriteTo(wire);
        WriteMapping(data, tables, wire);
        WriteLocations(tables, wire);
        WriteFunctions(tables, wire);
        WriteHeader(data, tables, wire);
        // Last, because everything above may still add a string.
        foreach (var text in tables.Strings)
        {
            wire.String(PprofFields.Profile.StringTable, text);
        }
    }

    private static void WriteTypes(ProfileData data, ProfileTables tables, PprofWire wire)
    {
        foreach (var type in data.SampleTypes)
        {
            WriteType(PprofFields.Profile.SampleType, type, tables, wire);
        }

        // Always: a nil period type crashes one code path of Pyroscope.
        WriteType(PprofFields.Profile.PeriodType, data.PeriodType, tables, wire);
    }

    private static void WriteType(int field, (string Type, string Unit) type, ProfileTables tables, PprofWire wire)
    {
        var name = tables.Intern(type.Type);
        var unit = tables.Intern(type.Unit);
        wire.Message(field, PprofWire.Size(PprofFields.ValueType.Type, name) + PprofWire.Size(PprofFields.ValueType.Unit, unit));
        wire.Number(PprofFields.ValueType.Type, name);
        wire.Number(PprofFields.ValueType.Unit, unit);
    }

    private static void WriteMapping(ProfileData data, ProfileTables tables, PprofWire wire)
    {
        var file = tables.Intern(data.Program.Length == 0 ? "unknown" : data.Program);
        const long start = (long)ProfileTables.MappingStart;
        const long limit = (long)ProfileTables.MappingLimit;
        wire.Message(
            PprofFields.Profile.Mapping,
            PprofWire.Size(PprofFields.Mapping.Id, 1)
            + PprofWire.Size(PprofFields.Mapping.MemoryStart, start)
            + PprofWire.Size(PprofFields.Mapping.MemoryLimit, limit)
            + PprofWire.Size(PprofFields.Mapping.Filename, file)
            + PprofWire.Size(PprofFields.Mapping.HasFunctions, 1)
            + PprofWire.Size(PprofFields.Mapping.HasFilenames, 1)
            + PprofWire.Size(PprofFields.Mapping.HasLineNumbers, 1)
            + PprofWire.Size(PprofFields.Mapping.HasInlineFrames, 1));
        wire.Number(PprofFields.Mapping.Id, 1);
        wire.Number(PprofFields.Mapping.MemoryStart, start);
        wire.Number(PprofFields.Mapping.MemoryLimit, limit);
        wire.Number(PprofFields.Mapping.Filename, file);
        wire.Number(PprofFields.Mapping.HasFunctions, 1);
        wire.Number(PprofFields.Mapping.HasFilenames, 1);
        wire.Number(PprofFields.Mapping.HasLineNumbers, 1);
        wire.Number(PprofFields.Mapping.HasInlineFrames, 1);
    }

    private static void WriteLocations(ProfileTables tables, PprofWire wire)
    {
        for (var i = 0; i < tables.Locations.Count; i++)
        {
            var location = tables.Locations[i];
            var line = PprofWire.Size(PprofFields.Line.FunctionId, location.Function + 1)
                + PprofWire.Size(PprofFields.Line.LineNumber, location.Line);
            wire.Message(
                PprofFields.Profile.Location,
                PprofWire.Size(PprofFields.Location.Id, i + 1)
                + PprofWire.Size(PprofFields.Location.MappingId, 1)
                + PprofWire.Size(PprofFields.Location.Address, (long)location.Address)
                + PprofWire.SizeOfMessage(PprofFields.Location.Line, line));
            wire.Number(PprofFields.Location.Id, i + 1);
            wire.Number(PprofFields.Location.MappingId, 1);
            wire.Number(PprofFields.Location.Address, (long)location.Address);
            wire.Message(PprofFields.Location.Line, line);
            wire.Number(PprofFields.Line.FunctionId, location.Function + 1);
            wire.Number(PprofFields.Line.LineNumber, location.Line);
        }
    }

    private static void WriteFunctions(ProfileTables tables, PprofWire wire)
    {
        for (var i = 0; i < tables.Functions.Count; i++)
        {
            var function = tables.Functions[i];
            wire.Message(
                PprofFields.Profile.Function,
                PprofWire.Size(PprofFields.Function.Id, i + 1)
                + PprofWire.Size(PprofFields.Function.Name, function.Name)
                + PprofWire.Size(PprofFields.Function.Filename, function.File)
                + PprofWire.Size(PprofFields.Function.StartLine, function.StartLine));
            wire.Number(PprofFields.Function.Id, i + 1);
            wire.Number(PprofFields.Function.Name, function.Name);
            wire.Number(PprofFields.Function.Filename, function.File);
            wire.Number(PprofFields.Function.StartLine, function.StartLine);
        }
    }

    private static void WriteHeader(ProfileData data, ProfileTables tables, PprofWire wire)
    {
        // An interval says when it began and how long it was. A cumulative profile says when it was read, like Go's:
        // scrapers take the distance of two such times for the interval, and refuse times more than an hour old.
        var time = data.Cumulative ? data.Start + data.Duration : data.Start;
        wire.Number(PprofFields.Profile.TimeNanos, UnixNanoseconds(time));
        wire.Number(PprofFields.Profile.DurationNanos, data.Cumulative ? 0 : data.Duration.Ticks * TimeSpan.NanosecondsPerTick);
        wire.Number(PprofFields.Profile.Period, data.Period);
        foreach (var comment in data.Comments)
        {
            wire.Number(PprofFields.Profile.Comment, tables.Intern(comment));
        }

        wire.Number(PprofFields.Profile.DefaultSampleType, tables.Intern(data.SampleTypes[^1].Type));
    }

    internal static long UnixNanoseconds(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
}
